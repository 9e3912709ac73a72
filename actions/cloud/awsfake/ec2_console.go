package awsfake

// SetSerialConsole enables or disables the EC2 serial console for the account
// in the region.
func (p *Place) SetSerialConsole(enabled bool) {
	p.Update(func(s *State) { s.SerialConsole = enabled })
}

func serialConsole(r *request) (any, error) {
	return fields{{"serialConsoleAccessEnabled", r.SerialConsole}, {"managedBy", "account"}}, nil
}
