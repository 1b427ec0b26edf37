// Package host says what a benchmark ran on, places it on cores, and watches who else used them.
package host

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// A Host is printed with every figure: without it a figure means nothing.
type Host struct {
	CPU         string `json:"cpu"`
	Cores       int    `json:"cores"`
	Kernel      string `json:"kernel"`
	Virtualised string `json:"virtualised"` // the hypervisor, "no", or "unknown"
	Governor    string `json:"governor"`
	Compiler    string `json:"compiler"`
	Go          string `json:"go"`
	Commit      string `json:"commit"`
	Placement   string `json:"placement"`
}

// Describe fills in what the machine tells; commit and placement are the caller's. servers holds the C++ programs.
func Describe(servers, commit, placement string) Host {
	cpuinfo := read("/proc/cpuinfo")
	return Host{
		CPU:         field(cpuinfo, "model name"),
		Cores:       runtime.NumCPU(),
		Kernel:      read("/proc/sys/kernel/osrelease") + " " + runtime.GOARCH,
		Virtualised: virtualised(cpuinfo),
		Governor:    orUnknown(read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
		Compiler:    orUnknown(output(servers+"/ringcall-bench-floor", "--compiler")),
		Go:          runtime.Version() + goSettings(),
		Commit:      orUnknown(commit),
		Placement:   placement,
	}
}

// field returns the value of the first "name : value" line.
func field(text, name string) string {
	for _, line := range strings.Split(text, "\n") {
		key, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func virtualised(cpuinfo string) string {
	product := strings.TrimSpace(read("/sys/class/dmi/id/sys_vendor") + " " + read("/sys/class/dmi/id/product_name"))
	switch {
	case slices.Contains(strings.Fields(field(cpuinfo, "flags")), "hypervisor"):
		return strings.TrimSpace("yes " + product)
	case runtime.GOARCH == "amd64":
		return "no"
	default:
		return orUnknown(product)
	}
}

// goSettings names the build settings that change speed, where they are not the usual ones.
func goSettings() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var settings strings.Builder
	for _, setting := range info.Settings {
		switch setting.Key {
		case "CGO_ENABLED", "GOAMD64", "-gcflags", "-race":
			settings.WriteString(" " + setting.Key + "=" + setting.Value)
		}
	}
	return settings.String()
}

func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func output(program string, arguments ...string) string {
	text, err := exec.Command(program, arguments...).Output()
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(text))
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
