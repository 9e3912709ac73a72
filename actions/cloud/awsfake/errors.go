package awsfake

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
)

// apiError is an error as AWS's API has them.
type apiError struct {
	status        int
	code, message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func fault(status int, code, format string, args ...any) *apiError {
	return &apiError{status, code, fmt.Sprintf(format, args...)}
}

// refusal is the common kind: status 400.
func refusal(code, format string, args ...any) *apiError {
	return fault(http.StatusBadRequest, code, format, args...)
}

func invalid(format string, args ...any) *apiError {
	return refusal("InvalidParameterValue", format, args...)
}

// validation is what the query services other than EC2 say of a bad value.
func validation(format string, args ...any) *apiError {
	return refusal("ValidationError", format, args...)
}

func missing(parameter string) *apiError {
	return refusal("MissingParameter", "The request must contain the parameter %s", parameter)
}

func (r *request) unsigned() *apiError {
	if r.service == "ssm" {
		return refusal("MissingAuthenticationTokenException", "Request is missing Authentication Token")
	}
	return fault(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
}

// unknownCaller is the answer to credentials that nobody gave out.
func (r *request) unknownCaller() *apiError {
	switch {
	case r.region == "":
		return refusal("IncompleteSignature", "The Authorization header is not in the form of an AWS signature, version 4.")
	case r.service == "ec2":
		return fault(http.StatusUnauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials")
	case r.service == "ssm":
		return refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	return fault(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
}

// unauthorized is the answer where a policy does not allow the action.
func (r *request) unauthorized() *apiError {
	user := fmt.Sprintf("User: %s is not authorized to perform: %s because no identity-based policy allows the %s action", r.caller.arn, r.name(), r.name())
	switch r.service {
	case "ec2":
		return fault(http.StatusForbidden, "UnauthorizedOperation", "You are not authorized to perform this operation. %s.", user)
	case "ssm":
		return refusal("AccessDeniedException", "%s", user)
	}
	return fault(http.StatusForbidden, "AccessDenied", "%s", user)
}

// body writes the error in the form of the service.
func (e *apiError) body(r *request, id string) []byte {
	inner := fields{{"Code", e.code}, {"Message", e.message}}
	var body []byte
	var err error
	switch {
	case services[r.service].target != "":
		body, err = json.Marshal(map[string]string{"__type": e.code, "message": e.message})
	case r.service == "ec2":
		body, err = encode(xml.StartElement{Name: xml.Name{Local: "Response"}},
			fields{{"Errors", fields{{"Error", inner}}}, {"RequestID", id}})
	default:
		body, err = encode(xml.StartElement{Name: xml.Name{Local: "ErrorResponse"}},
			fields{{"Error", append(fields{{"Type", "Sender"}}, inner...)}, {"RequestId", id}})
	}
	if err != nil {
		return []byte(err.Error()) // texts can always be written
	}
	return body
}
