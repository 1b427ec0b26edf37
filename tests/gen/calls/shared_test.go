package calls

import (
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tests/gen/shared"
)

func TestTwoHeadersInOnePackage(t *testing.T) {
	c := start(t, "shared", ringcall.Start)
	ctx := ctxOf(t)
	labels, err := shared.NewLabelsClient(c)
	ok(t, err)
	tags, err := shared.NewTagsClient(c)
	ok(t, err)

	t.Run("share their texts", func(t *testing.T) {
		text, err := shared.MakeText7("hello")
		ok(t, err)
		mark, err := shared.MakeText3("ab")
		ok(t, err)
		loud, err := labels.Shout(ctx, shared.Label{Text: text})
		want(t, loud.String(), err, "hello!")
		length, err := tags.Length(ctx, loud, mark)
		want(t, length, err, 62)
	})
}
