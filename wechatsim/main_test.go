package wechatsim

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when something still runs after all tests: a platform that was closed leaves nothing behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
