package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"frontdesk/bot"
	"frontdesk/ticket"
)

// settings are what the operator says. Every key is also a variable; the variable wins.
type settings struct {
	Listen   string            `yaml:"listen"`
	RedisURL string            `yaml:"redis_url"`
	Replicas int               `yaml:"redis_replicas"` // of the given Redis, that must confirm each write
	Data     string            `yaml:"data"`
	Secure   *bool             `yaml:"secure"` // the console is reached over TLS; default true
	Accounts []accountSettings `yaml:"accounts"`
}

// accountSettings are one official account: what the platform knows of it, and what residents may know.
type accountSettings struct {
	ID          string            `yaml:"id"`
	Name        string            `yaml:"name"`
	Hotline     string            `yaml:"hotline"`
	Keeps       string            `yaml:"keeps"`
	AppID       string            `yaml:"app_id"`
	Secret      string            `yaml:"secret"`
	Token       string            `yaml:"token"`
	AESKey      string            `yaml:"aes_key"`
	PreviousKey string            `yaml:"previous_aes_key"`
	Mode        string            `yaml:"mode"`
	Kind        string            `yaml:"kind"`
	Verified    bool              `yaml:"verified"`
	Sandbox     bool              `yaml:"sandbox"`
	APIBase     string            `yaml:"api_base"`
	Template    string            `yaml:"template"`
	Fields      string            `yaml:"template_fields"`
	Stations    []stationSettings `yaml:"stations"`
}

type stationSettings struct {
	ID    string         `yaml:"id"`
	Name  string         `yaml:"name"`
	Phone string         `yaml:"phone"`
	Place string         `yaml:"place"`
	Grids []gridSettings `yaml:"grids"`
}

type gridSettings struct {
	ID        string `yaml:"id"`
	Name      string `yaml:"name"`
	Community string `yaml:"community"`
}

// readSettings reads the file, if there is one, and then the variables. An unknown key is an error that names its line.
func readSettings(file string, getenv func(string) string) (settings, error) {
	var s settings
	name := file
	if name == "" {
		name = "frontdesk.yaml"
	}
	text, err := os.ReadFile(name)
	switch {
	case err == nil:
		if err := yaml.UnmarshalWithOptions(text, &s, yaml.Strict()); err != nil {
			return s, mistake{fmt.Errorf("%s: %s", name, yaml.FormatError(err, false, false))}
		}
	case file == "" && errors.Is(err, fs.ErrNotExist):
	default:
		return s, mistake{fmt.Errorf("read the settings: %w", err)}
	}
	return s, s.environment(getenv)
}

// environment puts the variables over the file. A variable may name a file that holds the value: NAME_FILE.
func (s *settings) environment(getenv func(string) string) error {
	var failed error
	value := func(name string) string {
		if path := getenv(name + "_FILE"); path != "" {
			b, err := os.ReadFile(path)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s_FILE: %w", name, err))
			}
			return strings.TrimSpace(string(b))
		}
		return getenv(name)
	}
	put := func(into *string, name, otherwise string) {
		if v := value(name); v != "" {
			*into = v
		}
		if *into == "" {
			*into = otherwise
		}
	}
	truth := func(name string) *bool {
		v := value(name)
		if v == "" {
			return nil
		}
		b, err := strconv.ParseBool(v)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s is true or false", name))
		}
		return &b
	}
	put(&s.Listen, "FRONTDESK_LISTEN", "127.0.0.1:8080")
	put(&s.RedisURL, "FRONTDESK_REDIS_URL", "")
	put(&s.Data, "FRONTDESK_DATA", "data")
	if v := value("FRONTDESK_REDIS_REPLICAS"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			failed = errors.Join(failed, errors.New("FRONTDESK_REDIS_REPLICAS is a number"))
		}
		s.Replicas = n
	}
	if s.Replicas < 0 || s.Replicas > 0 && s.RedisURL == "" {
		failed = errors.Join(failed, errors.New("redis_replicas: only a Redis that redis_url names has replicas to confirm with"))
	}
	if b := truth("FRONTDESK_SECURE"); b != nil {
		s.Secure = b
	}
	if id := value("FRONTDESK_WECHAT_ID"); id != "" {
		a := s.account(id)
		put(&a.Name, "FRONTDESK_WECHAT_NAME", "警务室")
		put(&a.Hotline, "FRONTDESK_WECHAT_HOTLINE", "")
		put(&a.AppID, "FRONTDESK_WECHAT_APPID", "")
		put(&a.Secret, "FRONTDESK_WECHAT_SECRET", "")
		put(&a.Token, "FRONTDESK_WECHAT_TOKEN", "")
		put(&a.AESKey, "FRONTDESK_WECHAT_AES_KEY", "")
		put(&a.PreviousKey, "FRONTDESK_WECHAT_PREVIOUS_AES_KEY", "")
		put(&a.Mode, "FRONTDESK_WECHAT_MODE", "")
		put(&a.Kind, "FRONTDESK_WECHAT_KIND", "")
		put(&a.APIBase, "FRONTDESK_WECHAT_API_BASE", "")
		put(&a.Template, "FRONTDESK_WECHAT_TEMPLATE", "")
		put(&a.Fields, "FRONTDESK_WECHAT_TEMPLATE_FIELDS", "")
		if b := truth("FRONTDESK_WECHAT_VERIFIED"); b != nil {
			a.Verified = *b
		}
	}
	if failed != nil {
		return mistake{failed}
	}
	return nil
}

// account finds an account's settings or begins new ones.
func (s *settings) account(id string) *accountSettings {
	for i := range s.Accounts {
		if s.Accounts[i].ID == id {
			return &s.Accounts[i]
		}
	}
	s.Accounts = append(s.Accounts, accountSettings{ID: id})
	return &s.Accounts[len(s.Accounts)-1]
}

func (s settings) secure() bool { return s.Secure == nil || *s.Secure }

func (s settings) folder(name string) string { return filepath.Join(s.Data, name) }

// platform is the account as WeChat knows it, checked.
func (a accountSettings) platform() (bot.Account, error) {
	mode, kind := bot.Mode(a.Mode), a.Kind
	if mode == "" {
		mode = bot.Safe
	}
	if kind == "" {
		kind = "subscription"
	}
	if kind != "subscription" && kind != "service" {
		return bot.Account{}, fmt.Errorf("%w: account %s: the kind is subscription or service", ticket.ErrInvalid, a.ID)
	}
	b := bot.Account{
		ID: a.ID, AppID: a.AppID, Secret: a.Secret, Token: a.Token, AESKey: a.AESKey, PreviousKey: a.PreviousKey, Mode: mode,
		Service: kind == "service", Verified: a.Verified, Sandbox: a.Sandbox, APIBase: a.APIBase, Template: a.Template,
	}
	fields, err := bot.ParseFields(a.Fields)
	if err != nil {
		return b, fmt.Errorf("account %s: template_fields: %w", a.ID, err)
	}
	b.Fields = fields
	if err := checkBase(b.APIBase); err != nil {
		return b, fmt.Errorf("%w: account %s: %w", ticket.ErrInvalid, a.ID, err)
	}
	if b.Sends() && b.Secret == "" {
		return b, fmt.Errorf("%w: account %s: the secret is missing", ticket.ErrInvalid, a.ID)
	}
	return b, b.Check()
}

// checkBase lets the API be another host over TLS, the platform's backup host or a proxy, or a simulated platform on this machine: tokens
// and residents' words never cross a network in the clear.
func checkBase(base string) error {
	if base == "" {
		return nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return errors.New("the api_base is not an address")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return errors.New("the api_base begins with https://; http:// is for a simulated platform on this machine alone")
}

// domain is the account as residents and officers know it.
func (a accountSettings) domain() ticket.Account {
	d := ticket.Account{ID: a.ID, Name: a.Name, Hotline: a.Hotline, Keeps: a.Keeps}
	for _, s := range a.Stations {
		st := ticket.Station{ID: s.ID, Name: s.Name, Phone: ticket.Personal(s.Phone), Place: s.Place}
		for _, g := range s.Grids {
			st.Grids = append(st.Grids, ticket.Grid(g))
		}
		d.Stations = append(d.Stations, st)
	}
	if len(d.Stations) == 0 {
		d.Stations = []ticket.Station{{ID: "main", Name: a.Name}}
	}
	return d
}
