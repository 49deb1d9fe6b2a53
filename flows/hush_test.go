package flows

import (
	"strings"
	"testing"
)

// TestWhoCannotSpeak tells somebody who hides from somebody whom an illness took the speech: one is told to be silent, the other to call 120.
func TestWhoCannotSpeak(t *testing.T) {
	for words, want := range map[string]bool{
		"我躲在厕所不能出声": true, "不能说话，他在外面": true, "别给我打电话": true, "不敢接电话": true,
		"老人中风了不能说话": false, "快来，老人摔倒了不能说话了": false, "孩子被烫伤了没法说话 救命": false, "我爸突然不能说话，嘴歪了": false, "别给我打岔": false,
	} {
		if got := cannotSpeak(fold(words)); got != want {
			t.Errorf("%q: %v", words, got)
		}
	}
	if said := FirstWords(Input{Kind: Text, Text: "老人中风了不能说话"}); !strings.Contains(said, "120") {
		t.Errorf("a stroke is answered %q", said)
	}
}
