//go:build !race

package main

// raceDetector says that the tests do not look for races.
const raceDetector = false
