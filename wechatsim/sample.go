package wechatsim

// Files that a resident has at hand when she has none of her own.

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
)

// SamplePicture is a photo: dusk over the roofs of an old street with one lit window. Every call gives the same bytes.
func SamplePicture() []byte {
	const w, h = 480, 360
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{R: uint8(40 + y/3), G: uint8(52 + y/4), B: uint8(96 + y/8), A: 255})
		}
	}
	box := func(x0, y0, x1, y1 int, c color.RGBA) {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				img.Set(x, y, c)
			}
		}
	}
	for i, top := range []int{190, 150, 210, 170} {
		left := i * 120
		box(left+4, top, left+116, h, color.RGBA{R: 30, G: 34, B: 48, A: 255})
		for rise := range 36 { // the roof
			box(left+60-(64-rise)*1, top-rise, left+60+(64-rise)*1, top-rise+1, color.RGBA{R: 22, G: 24, B: 36, A: 255})
		}
		for j := range 2 {
			c := color.RGBA{R: 48, G: 56, B: 78, A: 255}
			if i == 1 && j == 1 {
				c = color.RGBA{R: 255, G: 206, B: 110, A: 255}
			}
			box(left+24+j*44, top+50, left+50+j*44, top+92, c)
		}
	}
	for y := 40; y < 84; y++ { // the moon
		for x := 376; x < 420; x++ {
			if dx, dy := x-398, y-62; dx*dx+dy*dy < 400 {
				img.Set(x, y, color.RGBA{R: 246, G: 238, B: 214, A: 255})
			}
		}
	}
	var out bytes.Buffer
	// Writing to memory does not fail.
	_ = jpeg.Encode(&out, img, &jpeg.Options{Quality: 82})
	return out.Bytes()
}

// SampleVoice is a second of silence in AMR, as the platform stores recordings.
func SampleVoice() []byte {
	out := bytes.NewBufferString("#!AMR\n")
	frame := append([]byte{0x3c}, make([]byte, 31)...) // 12.2 kbit/s, 20 ms
	for range 50 {
		out.Write(frame)
	}
	return out.Bytes()
}

// SampleVideo is the smallest file that is a video by its content: MP4 boxes without a picture.
func SampleVideo() []byte {
	var out bytes.Buffer
	box := func(kind string, body []byte) {
		var size [4]byte
		binary.BigEndian.PutUint32(size[:], uint32(8+len(body)))
		out.Write(size[:])
		out.WriteString(kind)
		out.Write(body)
	}
	box("ftyp", []byte("mp42\x00\x00\x00\x00mp42isom"))
	box("free", make([]byte, 64))
	box("mdat", make([]byte, 1024))
	return out.Bytes()
}
