package flows

// This file holds what a flow is made of.

// Flow is one conversation as a table of steps. It is checked at start and never changed.
type Flow struct {
	Name  string // in conversations and diagrams: "dispute"
	Title string // as residents say it: "纠纷登记"
	Steps []Step // the first is where it begins
	Words string // the step that takes what was said before the flow began as its answer; empty: none
	Files string // the step that takes the files that came before it; empty: none
	Place string // the step that takes a place that came before it; empty: none
	Keep  bool   // what was answered so far is worth coming back to
	Side  bool   // a short visit: when it ends, what it interrupted goes on by itself
}

// Step is one question.
type Step struct {
	ID    string
	Label string               // under which the answer is shown at the confirmation and on the ticket; empty: it is not
	Text  string               // what is asked
	Plain string               // what is asked of who did not understand it, in fewer words; empty: the same again
	Say   func(*talk) string   // instead of Text, when it depends on something
	Offer func(*talk) string   // said under the choices; nil: nothing
	Hear  func(*talk) string   // looks at the message before anything else and names an event of Hears, or none
	Skip  func(*talk) string   // names the event by which the step is passed without asking; empty: it is asked
	Lead  func(*talk) []Choice // numbered before Choices; each has the value of one of them
	Pick  func(*talk) []Choice // choices that depend on the resident's tickets; the event is "pick" and the value is in talk.got

	Choices []Choice
	Loose   bool // a choice is also understood from a sentence that holds a word of one choice only
	Example string
	Min     int // runes of free text
	Max     int // 0: takes no free text
	Place   bool
	Files   bool
	Phone   bool
	None    bool // may be left out with "没有"
	Summary bool // the confirmation: shows all answers, any of which can be corrected
	Entry   bool // entered from elsewhere: by a letter, by danger words, after a pause
	Hears   []string
	Rows    []Row
}

// Choice is one numbered answer.
type Choice struct {
	Value string
	Label string
	Words []string         // other ways to say it, folded
	If    func(*talk) bool // offered with a number only then; nil: always. Its words are understood even when it is not offered
}

// Row says where one answer leads.
type Row struct {
	On string // a choice's value, an event of Hears, or one of the events below
	To string // a step; "flow:step"; or one of the targets below
	Do func(*talk)
}

// The events beside choices.
const (
	onText  = "text"
	onPlace = "place"
	onFile  = "file"
	onDone  = "done"
	onNone  = "none"
	onPhone = "phone"
	onPick  = "pick"
)

// The targets beside steps.
const (
	toEnd   = "end"   // the flow is over
	toAside = "aside" // what was interrupted goes on
)

// events gives every event that the step can produce by itself.
func (s *Step) events() []string {
	var on []string
	for _, c := range s.Choices {
		on = append(on, c.Value)
	}
	on = append(on, s.Hears...)
	for _, e := range []struct {
		can  bool
		name string
	}{{s.Max > 0, onText}, {s.Place, onPlace}, {s.Files, onFile}, {s.Files, onDone}, {s.Files || s.None, onNone}, {s.Phone, onPhone}, {s.Pick != nil, onPick}} {
		if e.can {
			on = append(on, e.name)
		}
	}
	return on
}

// eventNames are the events as the diagrams show them.
var eventNames = map[string]string{
	onText: "用自己的话说", onPlace: "发来位置", onFile: "发来照片、语音或视频", onDone: "完成", onNone: "没有", onPhone: "电话号码",
	onPick: "选一件", "hello": "打招呼", "thanks": "道谢", "number": "工单号", "misread": "认不出的工单号", "solved": "解决了", "unsolved": "没解决",
	"reply": "回答民警的问题", "whose": "可能在回答民警的问题", "score": "1到5分", "scored": "几分，加一句话", "asked": "回答民警的问题", "emoji": "表情", "safe": "安全了", "words": "说别的",
}

// eventName is how a diagram names an event of a step.
func (s *Step) eventName(on string) string {
	for _, c := range s.Choices {
		if c.Value == on {
			return c.Label
		}
	}
	if n, ok := eventNames[on]; ok {
		return n
	}
	return on
}
