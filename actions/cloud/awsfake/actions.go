package awsfake

// action carries a call out on the request's copy of the state, and returns
// fields, or what JSON is made of. An error is an *apiError.
type action func(*request) (any, error)

// actions is every action that there is, by IAM's name.
var actions = map[string]action{
	"ec2:DescribeInstances":             describeInstances,
	"ec2:DescribeNetworkInterfaces":     describeInterfaces,
	"ec2:DescribeSecurityGroups":        describeGroups,
	"ec2:DescribeSecurityGroupRules":    describeRules,
	"ec2:DescribeNetworkAcls":           describeNetworkACLs,
	"ec2:DescribeRouteTables":           describeRouteTables,
	"ec2:DescribeImages":                describeImages,
	"ec2:GetManagedPrefixListEntries":   prefixListEntries,
	"ec2:GetSerialConsoleAccessStatus":  serialConsole,
	"ec2:AuthorizeSecurityGroupIngress": authorizeIngress,
	"ec2:RevokeSecurityGroupIngress":    revokeIngress,
	"ec2:ModifyInstanceMetadataOptions": modifyMetadata,
	"ec2:CreateTags":                    createTags,

	"elasticloadbalancing:DescribeLoadBalancers":         describeLoadBalancers,
	"elasticloadbalancing:DescribeListeners":             describeListeners,
	"elasticloadbalancing:DescribeTargetGroups":          describeTargetGroups,
	"elasticloadbalancing:DescribeTargetGroupAttributes": describeTargetGroupAttributes,
	"elasticloadbalancing:DescribeTargetHealth":          describeTargetHealth,
	"elasticloadbalancing:RegisterTargets":               registerTargets,
	"elasticloadbalancing:DeregisterTargets":             deregisterTargets,

	"autoscaling:DescribeAutoScalingInstances": describeScalingInstances,
	"autoscaling:DescribeAutoScalingGroups":    describeScalingGroups,
	"autoscaling:EnterStandby":                 enterStandby,
	"autoscaling:ExitStandby":                  exitStandby,

	"ssm:DescribeInstanceInformation": describeAgents,
	"ssm:SendCommand":                 sendCommand,
	"ssm:GetCommandInvocation":        commandInvocation,
	"ssm:CancelCommand":               cancelCommand,

	"sts:AssumeRole":        assumeRole,
	"sts:GetCallerIdentity": callerIdentity,
}
