package flows

import (
	"os"
	"strings"
	"testing"
)

func TestTheDrawnFlowsAreTheFlows(t *testing.T) {
	const page = "../docs/flows.md"
	if *update {
		if err := os.WriteFile(page, []byte(Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != Document() {
		t.Error("docs/flows.md is not what the tables say: go test ./flows -update")
	}
	for _, f := range tables() {
		if english[f.Name] == "" {
			t.Errorf("flow %s has no English heading", f.Name)
		}
		for _, s := range f.Steps {
			if !strings.Contains(f.diagram(), " as "+node(s.ID)+"\n") {
				t.Errorf("step %s of %s is not drawn", s.ID, f.Name)
			}
		}
	}
}
