package awsfake_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"hardenbot/actions/cloud/awsfake"
)

func Example() {
	fake := awsfake.New(awsfake.Options{})
	place := fake.Place("", "eu-west-1")
	vpc := place.AddVPC(awsfake.VPC{CIDR: "10.7.0.0/16"})
	subnet := place.AddSubnet(awsfake.Subnet{VPC: vpc, CIDR: "10.7.1.0/24"})
	place.Online(subnet)
	group := place.AddSecurityGroup(awsfake.SecurityGroup{VPC: vpc, Name: "web"},
		awsfake.Rule{Proto: "tcp", From: 22, To: 22, CIDR: "0.0.0.0/0"})
	place.AddInstance(awsfake.Instance{Tags: map[string]string{"Name": "web-1"}},
		awsfake.Interface{Subnet: subnet, Public: []string{"192.0.2.1"}, Groups: []string{group}})
	server := httptest.NewServer(fake)
	defer server.Close()

	client := ec2.New(ec2.Options{Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("key", "secret", "")})
	found, err := client.DescribeInstances(context.Background(), &ec2.DescribeInstancesInput{})
	if err != nil {
		fmt.Println(err)
		return
	}
	web := found.Reservations[0].Instances[0]
	fmt.Println(*web.PrivateIpAddress, *web.PublicIpAddress, *web.SecurityGroups[0].GroupName, fake.Calls()[0].Action)
	// Output: 10.7.1.4 192.0.2.1 web ec2:DescribeInstances
}
