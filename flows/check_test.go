package flows

import "testing"

func TestCheckFindsNothing(t *testing.T) {
	if err := Check(); err != nil {
		t.Fatal(err)
	}
}
