package ticket

import "strconv"

// Count is one counter that an entry raises: how often Name happened on Day at Station.
type Count struct {
	Day     string // calendar day in China
	Station string
	Name    string // open.dispute, claim.consult, rating.5, urgent.dispute
}

// Tally gives the counters that an entry raises by one, from the entry and the header after it alone, so that they can be counted again
// from history. What says nothing about the room's work (notes, files) is not counted.
func Tally(after Header, e Entry) []Count {
	day := Day(e.At)
	at := func(name string) Count { return Count{Day: day, Station: after.Station, Name: name} }
	kind := string(after.Kind)
	switch e.What {
	case Note, Kept, Lost, Left:
		return nil
	case Rate:
		if e.Rating == 0 { // words that came later
			return nil
		}
		return []Count{at("rate." + kind), at("rating." + strconv.Itoa(e.Rating))}
	case Opened:
		if after.Urgent {
			return []Count{at("open." + kind), at("urgent." + kind)}
		}
	case Raise:
		return []Count{at("urgent." + kind)}
	}
	return []Count{at(string(e.What) + "." + kind)}
}
