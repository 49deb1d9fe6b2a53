package flows

// This file lists the flows.

// tables gives all flows, freshly made: compiling fills in their words.
func tables() []Flow {
	return []Flow{deskTable(), consult(), dispute(), feedback(), progressTable(), officer(), dangerTable()}
}
