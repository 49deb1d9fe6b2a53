package wechatsim

// The people whose phones the page shows.

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxPeople is how many phones of one account the page holds.
const maxPeople = 12

// maxName is how long a person's name is, in characters.
const maxName = 8

// Person is somebody with a phone on the page. Unlike those made by [Platform.Resident], she does not follow the account until she does so.
type Person struct {
	OpenID string `json:"openid"`
	Name   string `json:"name"` // on the phone's tab; the account never learns it
}

// People lists those with a phone on the page of an account, in the order in which they came; none when there is no such account.
func (p *Platform) People(account string) []Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[account]
	if d == nil {
		return []Person{}
	}
	return slices.Clone(d.people)
}

// AddPerson puts one more phone on the page of an account. The openid is made of account and name, so that it is the same after a restart.
// The error says that there is no such account, that the name is empty, longer than 8 characters or taken, or that 12 phones are there.
func (p *Platform) AddPerson(account, name string) (Person, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName || !utf8.ValidString(name) {
		return Person{}, fmt.Errorf("wechatsim: a name has 1 to %d characters", maxName)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[account]
	switch {
	case d == nil:
		return Person{}, errNoAccount(account)
	case len(d.people) == maxPeople:
		return Person{}, fmt.Errorf("wechatsim: %d phones are enough", maxPeople)
	case slices.ContainsFunc(d.people, func(old Person) bool { return old.Name == name }):
		return Person{}, errors.New("wechatsim: the name is taken")
	}
	who := Person{OpenID: openIDOf(account, name), Name: name}
	r, err := p.resident(account, who.OpenID)
	if err != nil {
		return Person{}, err
	}
	if len(r.lines) == 0 {
		r.follows = false
	}
	d.people = append(d.people, who)
	return who, nil
}

// openIDOf gives an openid of the platform's own form: 28 characters, another one for every account.
func openIDOf(account, name string) string {
	sum := sha256.Sum256([]byte(account + "\x00" + name))
	return "o" + base64.RawURLEncoding.EncodeToString(sum[:])[:27]
}

// listPeople answers GET api/people/{account}.
func (p *Platform) listPeople(w http.ResponseWriter, r *http.Request) {
	if _, err := p.account(r.PathValue("account")); err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	writeJSON(w, p.People(r.PathValue("account")))
}

// postPerson answers POST api/people/{account}: {"name": "…"}.
func (p *Platform) postPerson(w http.ResponseWriter, r *http.Request) {
	var in Person
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<12)).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	who, err := p.AddPerson(r.PathValue("account"), in.Name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	writeJSON(w, who)
}
