package peers

import "syscall"

const terminate = syscall.SIGTERM

// endWithParent has the kernel end a process with the thread that launched it. Go may end a thread early only if a goroutine that is locked to it ends,
// and none is.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: terminate} }
