package flows

// Next decides what a message leads to.
func Next(r Resident, in Input, w World) Outcome {
	return Outcome{Replies: []string{"您好,这里是警务室。有急事请马上拨打110。"}}
}
