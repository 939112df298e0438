package wire

// Add makes c what passed two ports of one guest in the same second. Of destinations at both ports the numbers of
// the larger one stand, so what is said of them is at least so much.
func (c *Counts) Add(o *Counts) {
	for _, x := range [...]struct{ to, of *uint64 }{
		{&c.PacketsOut, &o.PacketsOut}, {&c.BytesOut, &o.BytesOut}, {&c.PacketsIn, &o.PacketsIn}, {&c.BytesIn, &o.BytesIn},
		{&c.SynsOut, &o.SynsOut}, {&c.SynAcksIn, &o.SynAcksIn}, {&c.ResetsIn, &o.ResetsIn}, {&c.SmallOut, &o.SmallOut},
		{&c.UDPOut, &o.UDPOut}, {&c.UDPIn, &o.UDPIn}, {&c.FragmentsOut, &o.FragmentsOut}, {&c.MalformedOut, &o.MalformedOut},
		{&c.SpoofedOut, &o.SpoofedOut}, {&c.FlowsOut, &o.FlowsOut}, {&c.ICMPOut, &o.ICMPOut}, {&c.EchoesIn, &o.EchoesIn}, {&c.MailOut, &o.MailOut}, {&c.LoginsOut, &o.LoginsOut},
		{&c.Limited, &o.Limited}, {&c.Dropped, &o.Dropped},
	} {
		*x.to += *x.of
	}
	for i := range c.ReflectedOut {
		c.ReflectedOut[i] += o.ReflectedOut[i]
		c.ReflectedIn[i] += o.ReflectedIn[i]
	}
	c.Hosts.Union(&o.Hosts)
	c.Services.Union(&o.Services)
	c.Victims.Union(&o.Victims)
	c.Probed.Union(&o.Probed)
	switch {
	case c.ServicePort == o.ServicePort:
		c.ServiceSyns += o.ServiceSyns
	case o.ServiceSyns > c.ServiceSyns:
		c.ServicePort, c.ServiceSyns = o.ServicePort, o.ServiceSyns
	}
	if o.Victim.Packets > c.Victim.Packets {
		c.Victim = o.Victim
	}
	c.talk(&o.Talks)
	c.Deaf = c.Deaf || o.Deaf
	for _, d := range o.Top {
		c.enter(d)
	}
}

// talk adds conversations, as far as there is room.
func (c *Counts) talk(more *[MostTalks]Destination) {
	for _, d := range more {
		if d.Packets == 0 {
			continue
		}
		for i := range c.Talks {
			x := &c.Talks[i]
			if x.Packets == 0 {
				*x = d
				break
			}
			if x.Address == d.Address && x.Port == d.Port {
				x.Packets += d.Packets
				x.Bytes += d.Bytes
				x.Syns += d.Syns
				x.Stratum = x.Stratum || d.Stratum
				break
			}
		}
	}
}

// enter puts a destination where it belongs among those that got most, and the last one out.
func (c *Counts) enter(d Destination) {
	for i := range c.Top {
		if d.Packets > c.Top[i].Packets {
			c.Top[i], d = d, c.Top[i]
		}
	}
}
