package cloud

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// metadata sets whether an instance's metadata ask for a token. The other
// options stay as they are.
type metadata struct {
	*place
	instance string
	tokens   string
}

func (t *metadata) look(ctx context.Context) (standing, error) {
	found, err := t.instances(ctx, []types.Filter{{Name: aws.String("instance-id"), Values: []string{t.instance}}})
	if err != nil {
		return standing{}, err
	}
	if len(found) == 0 {
		return standing{obstacle: fmt.Sprintf("There is no instance %s in %s. Nothing was changed.", t.instance, t.region)}, nil
	}
	o := found[0].MetadataOptions
	set := o != nil && string(o.HttpTokens) == t.tokens
	underway := set && o.State == types.InstanceMetadataOptionsStatePending
	return standing{so: set && !underway, underway: underway}, nil
}

func (t *metadata) do(ctx context.Context, options func(*ec2.Options)) error {
	in := &ec2.ModifyInstanceMetadataOptionsInput{InstanceId: &t.instance, HttpTokens: types.HttpTokensState(t.tokens)}
	_, err := t.ec2.ModifyInstanceMetadataOptions(ctx, in, options)
	return err
}

func (t *metadata) already(string) bool { return false }

func (t *metadata) says() string {
	return fmt.Sprintf("the metadata tokens of instance %s are %s", t.instance, t.tokens)
}
