package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// This file lets the platform keep photos from the front desk.

// mediaPath is the call that gives a file whose own address does not.
const mediaPath = "/cgi-bin/media/get"

// noPhotos lets residents send photos while the platform gives out none, by no way, and more while it says that it is busy. Residents notice
// nothing. Each photo waits, and is kept as it was sent once the platform gives it out.
func (x *trials) noPhotos(ctx context.Context, w *workshop) error {
	s, err := store.New(store.Config{Client: x.redis.client})
	if err != nil {
		return err
	}
	find := func(n ticket.Number) (ticket.View, error) { return s.Find(ctx, auditor, n) }
	waiting, err := x.photographed(ctx, w.random("photos"))
	if err != nil {
		return err
	}
	for _, number := range waiting {
		v, err := find(number)
		if err != nil {
			return err
		}
		if len(v.Media) != 1 || v.Media[0].State != ticket.MediaPending {
			return fmt.Errorf("ticket %s does not wait for its photo: %+v", number, v.Media)
		}
	}
	x.sim.SetFault(wechatsim.Fault{})
	x.hidden.Store(false)
	if err := x.pass(15 * time.Minute); err != nil { // patience
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, deliverWithin)
	defer cancel()
	for _, number := range waiting {
		if err := x.keeps(ctx, number, find); err != nil {
			return err
		}
		x.kept++
	}
	return nil
}

// photographed takes the photos away, lets residents send some in each way that the platform says so, and waits until each has been asked for.
func (x *trials) photographed(ctx context.Context, random *rand.Rand) (waiting []ticket.Number, err error) {
	x.hidden.Store(true)
	for i, f := range []wechatsim.Fault{{Path: mediaPath, Down: true}, {Path: mediaPath, Errcode: -1}} {
		x.sim.SetFault(f)
		before := x.sim.Counts()[mediaPath]
		for n := range x.photos {
			number, err := x.room.crowd.does(ctx, fmt.Sprintf("photo%d-%d", i, n), photographs, random)
			if err != nil {
				return nil, err
			}
			waiting = append(waiting, number)
		}
		asking, cancel := context.WithTimeout(ctx, deliverWithin)
		err := eventually(asking, func() bool { return x.sim.Counts()[mediaPath] >= before+x.photos })
		if cancel(); err != nil {
			return nil, errors.Join(errors.New("nobody asked for the photos"), err)
		}
	}
	return waiting, nil
}
