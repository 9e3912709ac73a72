package remedies

import "hardenbot/actions"

// imdsV1 tells that the instance metadata answers requests without a token. Its
// fix requires tokens.
var imdsV1 = actions.Remedy{
	ID:         "imds-v1",
	Title:      "The instance metadata answers without a token",
	Why:        "A web application that can be made to fetch a URL hands out the credentials of the instance's role",
	Layer:      actions.Exposed,
	Rank:       6,
	References: []string{"Prowler ec2_instance_imdsv2_enabled", "AWS Security Hub EC2.8"},
	Needs:      []actions.Section{actions.SectionCloud},
	Check:      checkMetadata,
	Plan:       planMetadata,
}

func checkMetadata(f *actions.Facts) []actions.Evidence {
	if f.Cloud == nil || !f.Cloud.MetadataV1 {
		return nil
	}
	return []actions.Evidence{{Says: []string{
		"the metadata service of " + f.Cloud.Instance + " does not require tokens, so IMDSv1 works beside IMDSv2",
	}}}
}

func planMetadata(f *actions.Facts, _ actions.Finding) (actions.Change, error) {
	tokens := func(state string) *actions.Call {
		return &actions.Call{
			Action: actions.ModifyMetadata, Account: f.Cloud.Account, Region: f.Cloud.Region,
			Instance: f.Cloud.Instance, Tokens: state,
		}
	}
	return actions.Change{
		Notes: []string{
			"software that still asks without a token gets no credentials any more: while the CloudWatch metric MetadataNoToken of the instance (AWS/EC2) is above 0, something does",
			"in containers with a network of their own tokens arrive only with a hop limit of 2 or more (HttpPutResponseHopLimit), which this leaves as it is",
		},
		Steps: []actions.Step{{
			Says: "Require tokens of who asks for the metadata of " + f.Cloud.Instance, Call: tokens("required"),
			UndoSays: "Answer without tokens again", UndoCall: tokens("optional"),
			Timeout: callLimit,
		}},
	}, nil
}
