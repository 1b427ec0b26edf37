package ringcall

import "context"

// What a Frame does while it is watched.

// watch makes an operation that consumes the frame. So does one that was refused.
func (f *Frame) watch(ctx context.Context, form Form, do func(context.Context) error) error {
	consumed := false
	m := f.method
	err := f.channel.around(ctx, f.channel.infoOf(m.ID, m.Name, form, 1), func(ctx context.Context) error {
		consumed = true
		return do(ctx)
	})
	if !consumed {
		f.Discard()
	}
	return err
}

func (f *Frame) callWatched(ctx context.Context) (answer []byte, err error) {
	err = f.watch(ctx, FormCall, func(ctx context.Context) (err error) {
		answer, err = f.callOf(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func (f *Frame) postWatched(ctx context.Context) (Pending, error) {
	var p Pending
	err := f.watch(ctx, FormPost, func(ctx context.Context) (err error) {
		p, err = f.postOf(ctx)
		return err
	})
	return p.unless(err)
}

func (f *Frame) viewWatched(ctx context.Context) (View, error) {
	var v View
	err := f.watch(ctx, FormCall, func(ctx context.Context) (err error) {
		v, err = f.viewOf(ctx)
		return err
	})
	return v.unless(err)
}
