package topology

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when something still runs after all tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
