// Command make makes the code in which the words of packed tickets are stored, from words of our own: what residents say in the golden
// conversations, what is usually written at a police room (words.txt), the commonest characters and words of Chinese (common.txt), and
// the characters of the first level of GB 2312 (level1.txt).
//
//	cd store/dictionary && go run ./make > 2.code
//
// What is stored can be read with its own code only. So a code is never made over: another one is another form of a packed ticket.
package main

import (
	"bufio"
	"cmp"
	"container/heap"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	longest = 10      // characters of a token
	rounds  = 8       // of counting and cutting
	general = 0.5     // share of the weight that common characters have, whatever our own words say
	tail    = 1. / 60 // of the weight, for characters that nobody listed
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(1)
	}
}

func run() error {
	lines, err := ourWords()
	if err != nil {
		return err
	}
	text, err := os.ReadFile("common.txt")
	if err != nil {
		return err
	}
	level, err := os.ReadFile("level1.txt")
	if err != nil {
		return err
	}
	ranking, list, _ := strings.Cut(string(text), "\n")
	words := strings.Fields(list)
	counts := candidates(append(lines, words...))
	for range rounds {
		counts = recount(lines, counts, words)
	}
	lengths := huffman(weigh(counts, []rune(ranking), strings.Split(strings.ReplaceAll(string(level), "\n", ""), "")))
	return write(lengths)
}

// ourWords are the golden conversations' residents and the words of a police room, line by line.
func ourWords() ([]string, error) {
	files, err := filepath.Glob("../../flows/testdata/*.txtar")
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var lines []string
	for _, f := range append(files, "words.txt") {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			words, said := strings.CutPrefix(line, "居民：")
			if f == "words.txt" {
				words, said = line, true
			}
			if said && utf8.ValidString(words) && len(words) < 3000 && !seen[words] {
				seen[words] = true
				lines = append(lines, words)
			}
		}
	}
	return lines, nil
}

// candidates counts every piece that comes twice at least, and every character.
func candidates(lines []string) map[string]float64 {
	counts := map[string]float64{}
	for _, line := range lines {
		r := []rune(line)
		for i := range r {
			for n := 1; n <= longest && i+n <= len(r); n++ {
				counts[string(r[i:i+n])]++
			}
		}
	}
	maps.DeleteFunc(counts, func(s string, n float64) bool { return n < 2 && utf8.RuneCountInString(s) > 1 })
	return counts
}

// recount cuts the lines in the cheapest way and counts what was used. Common words count a little even when they were not.
func recount(lines []string, counts map[string]float64, words []string) map[string]float64 {
	sum := total(counts)
	used := map[string]float64{}
	for _, line := range lines {
		r := []rune(line)
		cost, from := make([]float64, len(r)+1), make([]int, len(r)+1)
		for i := 1; i <= len(r); i++ {
			cost[i] = math.Inf(1)
			for n := 1; n <= min(longest, i); n++ {
				if c, ok := counts[string(r[i-n:i])]; ok {
					if all := cost[i-n] + math.Log2(sum/c); all < cost[i] {
						cost[i], from[i] = all, i-n
					}
				}
			}
		}
		for i := len(r); i > 0; i = from[i] {
			used[string(r[from[i]:i])]++
		}
	}
	maps.DeleteFunc(used, func(s string, n float64) bool { return n < 2 && utf8.RuneCountInString(s) > 1 })
	for _, w := range words {
		used[w] += 1.5
	}
	for s := range counts {
		if utf8.RuneCountInString(s) == 1 && used[s] == 0 {
			used[s] = 0.5
		}
	}
	return used
}

// total adds in a fixed order: floating point gives another sum in another.
func total(counts map[string]float64) (sum float64) {
	for _, s := range slices.Sorted(maps.Keys(counts)) {
		sum += counts[s]
	}
	return sum
}

// weigh mixes our own counts with what is common anywhere, and gives a little to whatever may come: ASCII and a level of
// characters. The empty token stands for the escape.
func weigh(counts map[string]float64, ranking []rune, level []string) map[string]float64 {
	sum, common := total(counts), 0.
	for i := range ranking {
		common += 1 / float64(i+8)
	}
	weights := map[string]float64{"": sum / 2000}
	for s, n := range counts {
		weights[s] += n * (1 - general)
	}
	for i, r := range ranking {
		weights[string(r)] += sum * general / float64(i+8) / common
	}
	for i := range 128 {
		w := sum / 20_000
		switch c := rune(i); {
		case c >= '0' && c <= '9':
			w = sum / 150
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_':
			w = sum / 500
		case c < ' ' && c != '\n' || c == 127:
			w = sum / 1e6
		}
		weights[string(rune(i))] += w
	}
	for _, s := range level {
		weights[s] += sum * tail / float64(len(level))
	}
	return weights
}

// node is one of a Huffman tree.
type node struct {
	weight float64
	name   string // smallest token below, so that the tree is always the same
	leaf   bool
	kids   [2]*node
}

type forest []*node

func (f forest) Len() int { return len(f) }
func (f forest) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(f[i].weight, f[j].weight), cmp.Compare(f[i].name, f[j].name)) < 0
}
func (f forest) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *forest) Push(x any)   { *f = append(*f, x.(*node)) }
func (f *forest) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

// huffman gives the bits of each token.
func huffman(weights map[string]float64) map[string]int {
	var f forest
	for s, w := range weights {
		f = append(f, &node{weight: w, name: s, leaf: true})
	}
	heap.Init(&f)
	for f.Len() > 1 {
		a, b := heap.Pop(&f).(*node), heap.Pop(&f).(*node)
		heap.Push(&f, &node{weight: a.weight + b.weight, name: min(a.name, b.name), kids: [2]*node{a, b}})
	}
	lengths := map[string]int{}
	var walk func(*node, int)
	walk = func(n *node, depth int) {
		if n.leaf {
			lengths[n.name] = depth
			return
		}
		walk(n.kids[0], depth+1)
		walk(n.kids[1], depth+1)
	}
	walk(f[0], 0)
	return lengths
}

// write prints a line for each number of bits: the number, then the tokens, each quoted.
func write(lengths map[string]int) error {
	byLength := map[int][]string{}
	for s, n := range lengths {
		byLength[n] = append(byLength[n], s)
	}
	out := bufio.NewWriter(os.Stdout)
	for _, n := range slices.Sorted(maps.Keys(byLength)) {
		slices.Sort(byLength[n])
		fmt.Fprint(out, n)
		for _, s := range byLength[n] {
			fmt.Fprintf(out, "\t%s", escape(s))
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// escape keeps tabs and ends of lines out of the file.
func escape(s string) string {
	if len(s) == 1 && (s[0] <= ' ' || s[0] == 127 || s[0] == '\\') {
		return fmt.Sprintf(`\x%02x`, s[0])
	}
	return s
}
