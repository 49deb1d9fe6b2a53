package desk

// This file holds how long an AMR voice message is. Browsers do not play AMR, so the page says at least what to expect.

import (
	"bufio"
	"io"
	"time"
)

// maxVoice is more than the platform's largest voice message.
const maxVoice = 4 << 20

// amrFrames gives the bytes of a frame after its first byte, by frame type, for AMR narrow band and wide band.
var amrFrames = map[string][16]int{
	"#!AMR\n":    {12, 13, 15, 17, 19, 20, 26, 31, 5, -1, -1, -1, -1, -1, -1, 0},
	"#!AMR-WB\n": {17, 23, 32, 36, 40, 46, 50, 58, 60, 5, -1, -1, -1, -1, 0, 0},
}

// amrLength counts frames of 20 ms. It is false for what is no AMR.
func amrLength(in io.Reader) (time.Duration, bool) {
	r := bufio.NewReader(in)
	for magic, sizes := range amrFrames {
		head, err := r.Peek(len(magic))
		if err != nil || string(head) != magic {
			continue
		}
		if _, err := r.Discard(len(magic)); err != nil {
			return 0, false
		}
		frames := 0
		for {
			first, err := r.ReadByte()
			if err != nil {
				return time.Duration(frames) * 20 * time.Millisecond, frames > 0
			}
			n := sizes[first>>3&0x0F]
			if n < 0 {
				return 0, false
			}
			if _, err := r.Discard(n); err != nil {
				return time.Duration(frames) * 20 * time.Millisecond, frames > 0
			}
			frames++
		}
	}
	return 0, false
}
