//go:build race

package main

// raceDetector says that the tests look for races.
const raceDetector = true
