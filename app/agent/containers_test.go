package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/instrument/port/whose"
	"github.com/evenkeel/evenkeel/lab/testhost"
)

// tree lists folders of paths that are there.
func tree(paths ...string) func(string) []string {
	return func(group string) (names []string) {
		for _, p := range paths {
			for ; p != "."; p = path.Dir(p) {
				if path.Dir(p) == path.Join(".", group) && !slices.Contains(names, path.Base(p)) {
					names = append(names, path.Base(p))
				}
			}
		}
		return names
	}
}

// The paths are those of Docker by systemd and by itself, of Kubernetes by systemd, and of containerd below it.
func TestControlGroupsOfRuntimesAreTheirContainers(t *testing.T) {
	const pod = "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podaa_11.slice"
	list := tree("system.slice/docker-aa11.scope/init", "system.slice/ssh.service", "docker/bb22/docker/cc33", pod+"/cri-containerd-dd44.scope", "user.slice")
	for pattern, want := range map[string][]string{
		"system.slice/docker-{guest}.scope": {"system.slice/docker-aa11.scope ct-aa11"},
		"docker/{guest}":                    {"docker/bb22 ct-bb22"},
		"kubepods.slice/kubepods-*.slice/kubepods-*-pod{guest}.slice":         {pod + " ct-aa_11"},
		"kubepods.slice/*/kubepods-*-pod*.slice/cri-containerd-{guest}.scope": {pod + "/cri-containerd-dd44.scope ct-dd44"},
		"lxc/{guest}": nil,
	} {
		c := Containers{Cgroup: pattern, Asset: "ct-{guest}"}
		p, err := c.pattern()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		p.find(list, func(group, asset string) { got = append(got, group+" "+asset) })
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %q; expected %q", pattern, got, want)
		}
	}
}

func TestPatternsOfContainersThatFindNothingAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"containers: [{cgroup: docker}]":                                    "expected {guest} once",
		"containers: [{cgroup: '{guest}/{guest}'}]":                         "expected {guest} once",
		"containers: [{cgroup: '../{guest}'}]":                              "expected a path below cgroups",
		"containers: [{cgroup: '/docker/{guest}'}]":                         "expected a path below cgroups",
		"containers: [{cgroup: 'docker//{guest}'}]":                         "expected a path below cgroups",
		"containers: [{cgroup: '[/{guest}'}]":                               "expected letters, * and ?",
		"containers: [{cgroup: 'docker/{guest}', cpus: -1}]":                "-1 CPUs",
		"containers: [{cgroup: 'docker/{guest}', asset: vm}]":               "expected {guest} once in what they are called",
		"containers: [{asset: '{guest}'}]":                                  "cgroup",
		"{cgroups: '', containers: [{cgroup: 'docker/{guest}'}]}":           "cgroups is empty",
		"containers: [" + strings.Repeat("{cgroup: 'a{guest}'},", 65) + "]": "at most 64",
	} {
		if _, err := Parse("host.yaml", []byte(text)); err == nil || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%.60s: %v; expected %q", text, err, want)
		}
	}
	if s, err := Parse("host.yaml", []byte("containers: [{cgroup: 'docker/{guest}'}]")); err != nil || len(s.Containers) != 1 {
		t.Errorf("%+v, %v", s.Containers, err)
	}
}

// A wrong guest is worse than none: whatever groups there are, each guest is told once, and has its own group and no other's ports.
func TestOfTwoGroupsWithOneNameNeitherIsTheGuest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "", "x y\n"}), 0, 8).Draw(t, "names")
		var found []container
		for i, n := range names {
			found = append(found, container{asset: n, group: strconv.Itoa(i), ports: []string{fmt.Sprintf("ve%d", i)}})
		}
		told := contain(found, 7)
		want := 0
		for i, n := range names {
			one := evenkeel.CheckID("a guest", n) == nil && slices.Index(names, n) == i && !slices.Contains(names[i+1:], n)
			is := slices.ContainsFunc(told.Guests, func(g whose.Guest) bool { return g.Asset == n && g.Cgroup == strconv.Itoa(i) })
			claims := slices.Contains(told.Claims, whose.Claim{Port: fmt.Sprintf("ve%d", i), Asset: n, By: byContainers})
			if one != is || one != claims {
				t.Errorf("of %q the %dth: alone %t, a guest %t, with its port %t", names, i, one, is, claims)
			}
			if one {
				want++
			}
		}
		if len(told.Guests) != want || len(told.Claims) != want || want < len(names) && len(told.Odd) == 0 {
			t.Errorf("of %q it is told %+v", names, told)
		}
	})
}

func TestAGuestOfLibvirtIsNoContainer(t *testing.T) {
	virt := &Told{At: 3, Guests: []whose.Guest{{Asset: "vm-1", Domain: "one"}}, Claims: []whose.Claim{{Port: "vnet0", Asset: "vm-1", By: byLibvirt}}}
	groups := contain([]container{{"vm-1", "docker/vm-1", 2, []string{"ve1"}, ""}, {"vm-2", "docker/vm-2", 2, []string{"ve2"}, ""}}, 7)
	got := virt.beside(groups)
	want := &Told{
		At: 3, Guests: []whose.Guest{{Asset: "vm-1", Domain: "one"}, {Asset: "vm-2", Cgroup: "docker/vm-2", CPUs: 2}},
		Claims: []whose.Claim{{Port: "vnet0", Asset: "vm-1", By: byLibvirt}, {Port: "ve2", Asset: "vm-2", By: byContainers}},
		Odd:    []string{"docker/vm-1 would be vm-1, which is a guest of libvirt"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v; expected %+v", got, want)
	}
	var none *Told
	if none.beside(nil) != nil || virt.beside(nil) != virt || none.beside(groups) != groups {
		t.Error("where one is silent the other does not count")
	}
}

// R16: the veths of containers are found by their control groups and by what the kernel says of their networks. Whatever a
// container puts in the place of its /proc, it has its own port and no other's; containers come and go.
func TestContainersHaveThePortsOfTheirNetworks(t *testing.T) {
	if os.Geteuid() == 0 {
		try := filepath.Join(groupsRoot(), fmt.Sprintf("evenkeel-try-%d", os.Getpid()))
		if err := os.Mkdir(try, 0o755); err != nil {
			t.Skip("no control group can be made here")
		}
		if err := os.Remove(try); err != nil {
			t.Fatal(err)
		}
	}
	testhost.Alone(t, contained)
}

// groupsRoot is where control groups are: of CPUs in version 1; of all in version 2, where processes are listed without any controller.
func groupsRoot() string {
	const one = "/sys/fs/cgroup/cpu"
	if _, err := os.Stat(one + "/cpu.shares"); err == nil {
		return one
	}
	return "/sys/fs/cgroup"
}

// follow has containers looked for again and again: one that comes is told within a second of its port, and it is told when it has gone.
func follow(t *testing.T, c *containers, four string, start func(in, command string, args ...any) int) {
	told := make(chan *Told, 64) // more than there are
	c.know = func(now *Told) error {
		told <- now
		return nil
	}
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	until := func(what string, holds bool) {
		t.Helper()
		for late := time.After(10 * time.Second); ; {
			select {
			case now := <-told:
				if holds == slices.Contains(now.Claims, whose.Claim{Port: "vefour", Asset: "ct-four", By: byContainers}) {
					return
				}
			case <-late:
				t.Fatalf("10 s later it was not told that %s", what)
			}
		}
	}
	fourth := start(four, "unshare --net sh -c 'echo x; exec cat'")
	must(t, "ip link add vefour type veth peer name e0 netns "+strconv.Itoa(fourth))
	came := time.Now()
	c.Kick()
	until("a container came", true)
	if took := time.Since(came); took > time.Second {
		t.Errorf("its port was told %v later; expected 1s at most", took)
	} else {
		t.Logf("figure: the port of a container was told %v after it came", took.Round(time.Millisecond))
	}
	must(t, "ip link del vefour")
	c.Kick()
	until("its port has gone", false)
	end()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What the settings say of a container wins, and what its control group says is added.
func TestAContainerThatTheSettingsNameHasWhatBothSay(t *testing.T) {
	s, err := Parse("host.yaml", []byte("guests: {ct-1: {cpus: 4, domain: x}, ct-2: {cgroup: named/ct-2}}"))
	if err != nil {
		t.Fatal(err)
	}
	book, err := s.book(nil, contain([]container{{"ct-1", "docker/ct-1", 2, []string{"ve1"}, ""}, {"ct-2", "docker/ct-2", 2, nil, ""}}, 7))
	if err != nil {
		t.Fatal(err)
	}
	want := []whose.Guest{{Asset: "ct-1", Cgroup: "docker/ct-1", Domain: "x", CPUs: 4}, {Asset: "ct-2", Cgroup: "named/ct-2", CPUs: 2}}
	if got := book.Guests(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v; expected %+v", got, want)
	}
	if asset, why := book.Of(port.Place{Name: "ve1"}); asset != "ct-1" {
		t.Errorf("its port is of %q: %s", asset, why)
	}
}

// What one says anew does not undo what the other said, and what nobody could take is not kept.
func TestLibvirtAndControlGroupsAreToldTogether(t *testing.T) {
	var got []string
	var refuse error
	both := &tellers{know: func(now *Told) error {
		got = nil
		for _, g := range now.Guests {
			got = append(got, g.Asset)
		}
		return refuse
	}}
	of := func(assets ...string) *Told {
		x := &Told{}
		for _, a := range assets {
			x.Guests = append(x.Guests, whose.Guest{Asset: a})
		}
		return x
	}
	for _, x := range []struct {
		tell   func(*Told) error
		of     *Told
		refuse error
		want   []string
	}{
		{both.fromGroups, of("ct-1"), nil, []string{"ct-1"}},
		{both.fromLibvirt, of("vm-1"), nil, []string{"vm-1", "ct-1"}},
		{both.fromGroups, of("ct-9"), errors.New("too many"), []string{"vm-1", "ct-9"}},
		{both.fromLibvirt, of("vm-2"), nil, []string{"vm-2", "ct-1"}},
		{both.fromGroups, of(), nil, []string{"vm-2"}},
	} {
		refuse = x.refuse
		if err := x.tell(x.of); err != x.refuse || !slices.Equal(got, x.want) {
			t.Errorf("%q, %v; expected %q, %v", got, err, x.want, x.refuse)
		}
	}
}

func contained(t *testing.T) {
	root := groupsRoot()
	top := fmt.Sprintf("evenkeel-ct-%d", os.Getpid())
	group := func(name string) string {
		path := filepath.Join(root, top, name)
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			eventually(t, path+" is empty", func() bool { return os.Remove(path) == nil })
		})
		return path
	}
	group("")
	// start is a process in a group, with a network of its own where it unshares one.
	start := func(in string, command string, args ...any) int {
		return process(t, "sh", "-c", "echo $$ >"+in+"/cgroup.procs; exec "+fmt.Sprintf(command, args...))
	}
	one, two := group("docker-one.scope"), group("docker-two.scope")
	inner := group("docker-two.scope/init")
	first := start(one, "unshare --net sh -c 'echo x; exec cat'")
	second := start(inner, "unshare --net sh -c 'echo x; exec cat'") // in a group below its own
	// Two lies about the network of the first, in a /proc of its own.
	start(two, `unshare --net --mount sh -c 'mount -t tmpfs none /proc && mkdir -p /proc/self/ns /proc/%d/ns && touch /proc/%d/ns/net && ln -s "net:[1]" /proc/self/ns/net && echo x; exec cat'`, first, first)
	start(two, "sh -c 'echo x; exec cat'") // with the host's network
	must(t, "ip link add veone type veth peer name e0 netns "+strconv.Itoa(first))
	must(t, "ip link add vetwo type veth peer name e0 netns "+strconv.Itoa(second))
	must(t, "ip link add vehost type veth peer name vehost2")

	s, err := Parse("host.yaml", fmt.Appendf(nil, "data: "+t.TempDir()+"\ncgroups: %s\ncontainers: [{cgroup: '%s/docker-{guest}.scope', asset: 'ct-{guest}', cpus: 2}]\n", root, top))
	if err != nil {
		t.Fatal(err)
	}
	c := newContainers(s, nil, func() evenkeel.Moment { return 7 }, "boot", slog.New(slog.DiscardHandler))
	expect := func(when string, want ...string) {
		t.Helper()
		told, err := c.look()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range told.Claims {
			got = append(got, x.Port+" "+x.Asset)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the ports are of %q; expected %q", when, got, want)
		}
	}
	expect("at first", "veone ct-one", "vetwo ct-two")
	if told, err := c.first(); err != nil || len(told.Guests) != 2 || told.Guests[0].Asset != "ct-one" || told.Guests[0].Cgroup != top+"/docker-one.scope" || told.Guests[0].CPUs != 2 {
		t.Errorf("told is %+v", told.Guests)
	}
	must(t, "ip link set veone name veother")
	three := group("docker-three.scope")
	third := start(three, "unshare --net sh -c 'echo x; exec cat'")
	must(t, "ip link add vethree type veth peer name e0 netns "+strconv.Itoa(third))
	must(t, "ip link del vetwo")
	expect("after one was renamed, one came and one went", "veother ct-one", "vethree ct-three")
	follow(t, c, group("docker-four.scope"), start)
	// Whoever joins another's network shares its port, which is then nobody's.
	start(three, "nsenter --net=/proc/%d/ns/net sh -c 'echo x; exec cat'", first)
	expect("with one in another's network", "veother ct-one", "veother ct-three", "vethree ct-three")
}

// Whoever owns a group makes so many in it that a look does not come to its end, or processes beyond number: its port stays its
// own, and it is told that there may be others.
func TestAContainerThatHidesItsNetworkKeepsItsPort(t *testing.T) { testhost.Alone(t, hidden) }

func hidden(t *testing.T) {
	root := t.TempDir() // a group is a folder with a list: of control groups only root's own can be made
	procs := func(group string, ids ...int) {
		t.Helper()
		at := filepath.Join(root, "ct", group)
		text := strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", "\n"), "[]")
		if err := cmp.Or(os.MkdirAll(at, 0o755), os.WriteFile(filepath.Join(at, "cgroup.procs"), []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	pid := process(t, "unshare", "--net", "sh", "-c", "echo x; exec cat")
	must(t, "ip link add veone type veth peer name e0 netns "+strconv.Itoa(pid))

	s := parsed(t, "{data: "+t.TempDir()+", cgroups: "+root+", containers: [{cgroup: '{guest}'}]}")
	h := machineOf(t, s, nil)
	h.follow(port.Event{Kind: port.Appeared, Place: port.Place{Name: "veone", Index: 7}})
	c := newContainers(s, h.Know, func() evenkeel.Moment { return 7 }, "boot", slog.New(slog.DiscardHandler))
	own := []whose.Claim{{Port: "veone", Asset: "ct", By: byContainers}}
	expect := func(when, half string, want []whose.Claim) {
		t.Helper()
		told, err := c.look()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(told.Claims, want) || !strings.Contains(told.Half["ct"], half) || (half == "") != (told.Half == nil) {
			t.Errorf("%s: %+v, %q; expected %+v and %q", when, told.Claims, told.Half, want, half)
		}
		if err := h.Know(told); err != nil {
			t.Fatal(err)
		}
		if why := h.Blind()[7]; (why != "") != (half != "" && len(want) > 0) {
			t.Errorf("%s: of its port it is said %q", when, why)
		}
		c.last = told
	}
	procs("")
	expect("without a process", "", nil)
	procs("a/b/c", pid)
	expect("at first", "", own)
	for i := range mostGroups {
		procs(fmt.Sprintf("a%04d", i))
	}
	expect("with empty groups before its own", "control groups", own)
	anew := func() *containers { return newContainers(s, nil, c.now, c.boot, c.log) }
	c.remember(c.last)
	if told, err := anew().first(); err != nil || !slices.Equal(told.Claims, own) {
		t.Errorf("after a start in between: %+v, %v", told, err)
	}
	must(t, "ip link set veone name vetwo")
	if told, err := anew().first(); err != nil || len(told.Claims) != 0 {
		t.Errorf("its port has another name: %+v, %v", told, err)
	}
	must(t, "ip link set vetwo name veone")
	if err := os.RemoveAll(filepath.Join(root, "ct")); err != nil {
		t.Fatal(err)
	}
	procs("", slices.Repeat([]int{1 << 30}, mostProcesses+1)...) // there are none of this number
	expect("with too many processes", "processes", own)
	procs("")
	expect("when it has gone", "", nil)
}

func TestPortsThatWereKeptAreReadWholeOrNotAtAll(t *testing.T) {
	for text, want := range map[string]string{
		`{"boot":"b","ports":[{"name":"ve1","index":7,"asset":"ct-1"}]}`: "",
		`{"boot":"b","ports":[{"name":"ve1","index":7,"asset":""}]}`:     "a guest is empty",
		`{"boot":"b","ports":[{"name":"ve1"`:                             "expected a boot and its ports",
		`[]`:                                                             "expected a boot and its ports",
		`{"ports":[` + strings.Repeat(`{"asset":"a"},`, whose.MostGuests) + `{"asset":"a"}]}`: "at most 10000",
		strings.Repeat(" ", mostRemembered+1):                                                 "more than",
	} {
		if _, err := parseHung([]byte(text)); (err == nil) != (want == "") || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%.60s: %v; expected %q", text, err, want)
		}
	}
}

// An agent that does not see the containers does not begin without them: it would let go of what stands at them.
func TestAnAgentThatDoesNotSeeContainersDoesNotBegin(t *testing.T) {
	s, err := Parse("host.yaml", []byte("cgroups: /nowhere/at/all\ncontainers: [{cgroup: \"docker-{guest}.scope\"}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	c := newContainers(s, nil, func() evenkeel.Moment { return 7 }, "boot", slog.New(slog.DiscardHandler))
	if told, err := c.first(); told != nil || evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) == "" {
		t.Errorf("%+v, %v", told, err)
	}
	s.Containers = nil
	if told, err := newContainers(s, nil, nil, "", nil).first(); told != nil || err != nil {
		t.Errorf("none are named: %+v, %v", told, err)
	}
}

// process is one that runs until the test ends, once it has said a first byte.
func process(t *testing.T, name string, args ...string) (pid int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, 1))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	return cmd.Process.Pid
}
