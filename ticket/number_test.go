package ticket

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func randomBytes(seed uint64) *rand.ChaCha8 {
	return rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
}

func TestNumbersAreSpeakable(t *testing.T) {
	for seed := range uint64(2000) {
		n, err := NewNumber(randomBytes(seed))
		if err != nil {
			t.Fatal(err)
		}
		if len(n) != 9 || n[0] == '0' {
			t.Fatalf("%q is not nine digits that begin with one", n)
		}
		back, err := ParseNumber(n.Spoken())
		if err != nil || back != n {
			t.Fatalf("%q read out and typed again gives %q, %v", n, back, err)
		}
	}
}

func TestAWrongDigitIsNoticed(t *testing.T) {
	n, _ := NewNumber(randomBytes(7))
	for i := range n {
		for d := byte('0'); d <= '9'; d++ {
			if d == n[i] {
				continue
			}
			wrong := string(n[:i]) + string(d) + string(n[i+1:])
			if got, err := ParseNumber(wrong); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s mistyped as %s was taken for %s", n, wrong, got)
			}
		}
		if i > 0 && n[i] != n[i-1] {
			swapped := string(n[:i-1]) + string(n[i]) + string(n[i-1]) + string(n[i+1:])
			if got, err := ParseNumber(swapped); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s swapped to %s was taken for %s", n, swapped, got)
			}
		}
	}
}

func TestNumbersAreReadAsPeopleTypeThem(t *testing.T) {
	n, _ := NewNumber(randomBytes(7))
	wide := strings.Map(func(r rune) rune { return r - '0' + '\uFF10' }, string(n))
	for _, typed := range []string{string(n), n.Spoken(), "#" + string(n), wide, string(n[:3]) + "-" + string(n[3:6]) + "—" + string(n[6:]), " " + string(n) + "\u3000"} {
		if got, err := ParseNumber(typed); err != nil || got != n {
			t.Errorf("%q is read as %q, %v; want %s", typed, got, err, n)
		}
	}
	for _, typed := range []string{"", "12", "abc", string(n) + "1", "0" + string(n[1:]), "单号" + string(n)} {
		if got, err := ParseNumber(typed); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q is read as %q", typed, got)
		}
	}
}

func TestANumberNeedsRandomness(t *testing.T) {
	if n, err := NewNumber(strings.NewReader("short")); err == nil {
		t.Errorf("five bytes of randomness gave %s", n)
	}
}
