package ticket

import "testing"

func TestWhoMaySee(t *testing.T) {
	plain, _ := opened(t, opening(Dispute))
	consult, _ := opened(t, opening(Consult))
	o := opening(Feedback)
	o.Restricted, o.Complaint = true, "被投诉人:林警官 态度差"
	complaint, _ := opened(t, o)
	byBadge := complaint
	byBadge.Complaint = "警号 0577 001 那个"
	loose := complaint
	loose.Restricted = false // a complaint about the road that happens to name him
	with := func(role Role, edit ...func(*Officer)) Officer {
		o := Officer{ID: "0577009", Name: "陈静", Role: role, Account: "gh_1", Station: "xincheng"}
		for _, e := range edit {
			e(&o)
		}
		return o
	}
	elsewhere := func(o *Officer) { o.Station = "laocheng" }
	everyStation := func(o *Officer) { o.Station = "" }
	otherAccount := func(o *Officer) { o.Account = "gh_2" }
	otherGrid := func(o *Officer) { o.Grid = "g2" }
	thisGrid := func(o *Officer) { o.Grid = "g1" }
	gone := func(o *Officer) { o.Disabled = true }
	isLin := func(o *Officer) { o.ID, o.Name = lin.ID, lin.Name }
	assigned := plain
	assigned.Assignee = "0577009"
	for name, c := range map[string]struct {
		officer Officer
		header  Header
		want    bool
	}{
		"an officer sees a dispute of the station":                {with(Police), plain, true},
		"not one of another station":                              {with(Police, elsewhere), plain, false},
		"one without a station sees all":                          {with(Police, everyStation), plain, true},
		"nobody sees another account's":                           {with(Chief, otherAccount), plain, false},
		"nobody disabled sees anything":                           {with(Chief, gone), plain, false},
		"a volunteer sees nothing":                                {with(Volunteer), plain, false},
		"a grid worker sees the own grid":                         {with(GridWorker, thisGrid), plain, true},
		"not another":                                             {with(GridWorker, otherGrid), plain, false},
		"but what is assigned to them":                            {with(GridWorker, otherGrid), assigned, true},
		"a mediator sees disputes":                                {with(Mediator), plain, true},
		"not questions":                                           {with(Mediator), consult, false},
		"an officer does not see complaints about officers":       {with(Police), complaint, false},
		"the chief does":                                          {with(Chief), complaint, true},
		"the auditor does":                                        {with(Auditor), complaint, true},
		"who is named does not":                                   {with(Police, isLin), complaint, false},
		"not even as chief":                                       {with(Chief, isLin), complaint, false},
		"nor by badge, however it is spaced":                      {with(Admin, isLin), byBadge, false},
		"a complaint about the road is hidden from whom it names": {with(Police, isLin), loose, false},
		"and shown to the others":                                 {with(Police), loose, true},
	} {
		if got := c.officer.MaySee(c.header); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	h, _ := opened(t, opening(Dispute))
	h.Status, h.Assignee = Claimed, lin.ID
	wang := Officer{ID: "0577002", Name: "王芳", Role: Police, Account: "gh_1", Station: "xincheng"}
	chief := Officer{ID: "0577100", Name: "赵强", Role: Chief, Account: "gh_1"}
	auditor := Officer{ID: "a", Name: "钱明", Role: Auditor, Account: "gh_1"}
	for name, c := range map[string]struct {
		officer Officer
		what    What
		want    bool
	}{
		"the assignee replies": {lin, Reply, true}, "a colleague does not": {wang, Reply, false},
		"the chief may": {chief, Reply, true}, "an auditor never": {auditor, Reply, false}, "nor notes": {auditor, Note, false},
		"a colleague notes": {wang, Note, true}, "a colleague may try to claim": {wang, Claim, true},
		"only the chief assigns": {chief, Assign, true}, "not the assignee": {lin, Assign, false},
		"nobody speaks for the resident": {chief, Rate, false}, "nor withdraws": {lin, Withdraw, false},
	} {
		if got := c.officer.May(c.what, h); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRolesAreReadInBothLanguages(t *testing.T) {
	for _, s := range []string{"chief", "所长"} {
		if r, ok := ParseRole(s); !ok || r != Chief {
			t.Errorf("%q is read as %q", s, r)
		}
	}
	for _, s := range []string{"resident", "居民", "clock", "", "boss"} {
		if r, ok := ParseRole(s); ok {
			t.Errorf("%q signs in as %q", s, r)
		}
	}
}

func TestScenes(t *testing.T) {
	for _, h := range []Home{{Station: "xincheng"}, {Grid: "g1"}, {Officer: "0577001"}} {
		for _, prefix := range []string{"", "qrscene_"} {
			if got, err := ParseScene(prefix + h.Scene()); err != nil || got != h {
				t.Errorf("%s%s is read as %+v, %v", prefix, h.Scene(), got, err)
			}
		}
	}
	for _, s := range []string{"", "s_", "x_1", "qrscene_", "123"} {
		if got, err := ParseScene(s); err == nil {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}

func TestEveryTicketFindsAQueue(t *testing.T) {
	a := Account{Stations: []Station{{ID: "xincheng"}, {ID: "laocheng", Grids: []Grid{{ID: "g7"}}}}}
	officers := map[string]Officer{"1": {ID: "1", Station: "laocheng", Grid: "g7"}, "2": {ID: "2", Disabled: true}}
	find := func(id string) (Officer, bool) { o, ok := officers[id]; return o, ok }
	for name, c := range map[string]struct{ in, want Home }{
		"nothing scanned":      {Home{}, Home{Station: "xincheng"}},
		"a station":            {Home{Station: "laocheng"}, Home{Station: "laocheng"}},
		"a grid":               {Home{Grid: "g7"}, Home{Station: "laocheng", Grid: "g7"}},
		"an officer":           {Home{Officer: "1"}, Home{Station: "laocheng", Grid: "g7", Officer: "1"}},
		"one who left":         {Home{Officer: "2"}, Home{Station: "xincheng"}},
		"one who never was":    {Home{Officer: "3"}, Home{Station: "xincheng"}},
		"a grid that is gone":  {Home{Grid: "g9"}, Home{Station: "xincheng"}},
		"a station that is so": {Home{Station: "x"}, Home{Station: "xincheng"}},
	} {
		if got := a.Settle(c.in, find); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := (Account{}).Settle(Home{}, nil); got.Station != "main" {
		t.Errorf("without any station: %+v", got)
	}
}

func TestWhoMaySeeDead(t *testing.T) {
	for _, role := range []Role{Police, Auxiliary, GridWorker, Mediator, Volunteer, Counter, Chief, Admin, Auditor} {
		oversees := role == Chief || role == Admin || role == Auditor
		if got := (Officer{Role: role}).MaySeeDead(); got != oversees {
			t.Errorf("%s: %v", role, got)
		}
		if (Officer{Role: role, Disabled: true}).MaySeeDead() {
			t.Errorf("%s, disabled", role)
		}
	}
}
