package ringcall

import "structs"

// The twin of include/ringcall/abi.h, which explains each of these; abi_test.go compares every value, size and offset with that file.
// RINGCALL_SOME_NAME is someName here, and the values of enum ringcall_status carry the prefix status.

const (
	abiVersion = 1

	segmentMagic = 0x4c4c4143474e4952
	helloMagic   = 0x4f4c4c4548434352
	welcomeMagic = 0x4d434c4557534352

	cacheLine = 64
	hotSize   = 128
	pageSize  = 4096

	positionBits  = 48
	positionShift = 16
	positionMask  = 0xffffffffffff
	countShift    = 7
	countMask     = 0x1ff
	shapeShift    = 1
	shapeMask     = 0x3f
	stateAnswer   = 1
	runMax        = 256

	shapeFrames = 61
	shapeBatch  = 62
	shapeArena  = 63

	frameAlign = 8

	idSampled   = 0x8000
	slotRecord  = 16
	strideSmall = 32
	strideLarge = 64
	slotsMin    = 2
	slotsMax    = 16384

	arenaAlign = 16

	batchFailedMessage = 8

	wantNone = 0xffffffffffffffff
	spinOwn  = 0xffffffff

	ringsMax = 4

	controlOffset = 1024
	controlStride = 512
	tickShift     = 16
)

const ( // enum ringcall_status
	statusOK            = 0
	statusUnknownMethod = 1
	statusExpired       = 2
	statusFailed        = 3
	statusNoRoom        = 4
	statusTooLarge      = 5
	statusBadRequest    = 6
	statusBatchFailed   = 7
)

const ( // enum ringcall_state
	stateNew      = 0
	stateOpen     = 1
	stateClosed   = 2
	statePoisoned = 3
)

type violation uint32 // enum ringcall_violation

const (
	violationNone   violation = 0
	violationCount  violation = 1
	violationWord   violation = 2
	violationShape  violation = 3
	violationID     violation = 4
	violationRegion violation = 5
	violationBatch  violation = 6
	violationStatus violation = 7
)

const ( // enum ringcall_hello_kind
	helloAttach  = 1
	helloObserve = 2
)

const ( // enum ringcall_clock_kind
	clockMonotonic = 1
	clockCycles    = 2
)

const blackBoxRuns = 63

const (
	interfaceSend        = 0xffffffffffffffff
	interfaceSizeMax     = 65536
	welcomeFlagInterface = 1
)

const ( // enum ringcall_welcome_status
	welcomeOK        = 0
	welcomeVersion   = 1
	welcomeBusy      = 2
	welcomeExhausted = 3
	welcomeUser      = 4
	welcomeMalformed = 5
	welcomeClosing   = 6
)

type slotHeader struct {
	_      structs.HostLayout
	word   uint64
	code   uint16
	id     uint16
	detail uint32
}

type arenaRef struct {
	_      structs.HostLayout
	offset uint32
	size   uint32
	ticket uint64
}

type batchRef struct {
	_             structs.HostLayout
	requestOffset uint32
	answerOffset  uint32
	count         uint32
	requestSize   uint16
	answerSize    uint16
}

type framesRef struct {
	_      structs.HostLayout
	offset uint32
	size   uint32
	count  uint32
	ticket uint32
}

type frameRequest struct {
	_        structs.HostLayout
	size     uint32
	reserved uint32
}

type framesDone struct {
	_      structs.HostLayout
	count  uint32
	ticket uint32
}

type frameAnswer struct {
	_        structs.HostLayout
	size     uint32
	status   uint32
	code     uint32
	reserved uint32
}

type regionHeader struct { // struct ringcall_region
	_        structs.HostLayout
	ack      uint64
	size     uint32
	reserved uint32
}

type ringEntry struct {
	_                  structs.HostLayout
	slotsOffset        uint32
	slotCount          uint32
	slotStride         uint32
	controlOffset      uint32
	requestArenaOffset uint32
	requestArenaSize   uint32
	answerArenaOffset  uint32
	answerArenaSize    uint32
	timesOffset        uint32
	timesStride        uint32
	reserved           [6]uint32
}

type times struct {
	_        structs.HostLayout
	posted   uint64
	observed uint64
	taken    uint64
	answered uint64
}

type ringControl struct {
	_           structs.HostLayout
	wantRequest uint64
	wantAck     uint64
	sampleEvery uint32
	clientSpin  uint32
	pad0        [104]uint8
	wantAnswer  uint64
	pad1        [120]uint8
	taken       uint64
	pad2        [120]uint8
}

type life struct {
	_        structs.HostLayout
	state    uint32
	reason   uint32
	features uint64
	beat     uint64
	pad      [104]uint8
}

type segmentHeader struct {
	_                    structs.HostLayout
	magic                uint64
	abiVersion           uint32
	headerSize           uint32
	segmentSize          uint64
	epoch                uint64
	clockBaseNs          uint64
	tickShift            uint32
	ringCount            uint32
	clientCountersOffset uint32
	clientCountersSize   uint32
	serverCountersOffset uint32
	serverCountersSize   uint32
	blackBoxOffset       uint32
	blackBoxSize         uint32
	clockKind            uint32
	reserved0            uint32
	clockScale           uint64
	clockCount           uint64
	clockNs              uint64
	reserved             [24]uint8
	server               life
	client               life
	reserved2            [128]uint8
	rings                [ringsMax]ringEntry
}

type clientCounters struct {
	_              structs.HostLayout
	calls          uint64
	runs           uint64
	batchRecords   uint64
	answers        uint64
	answerRuns     uint64
	bellsRung      uint64
	bellsSaved     uint64
	spins          uint64
	sleeps         uint64
	recoveredWakes uint64
	cancelled      uint64
	lateAnswers    uint64
	ringWaits      uint64
	arenaWaits     uint64
	arenaCalls     uint64
}

type serverCounters struct {
	_              structs.HostLayout
	calls          uint64
	runs           uint64
	batchRecords   uint64
	answers        uint64
	answerRuns     uint64
	bellsRung      uint64
	bellsSaved     uint64
	sleeps         uint64
	recoveredWakes uint64
	expired        uint64
	failed         uint64
	unknown        uint64
	workerCalls    uint64
	waitedAnswers  uint64
	noRoom         uint64
}

type blackBox struct {
	_               structs.HostLayout
	runs            uint64
	runningPosition uint64
	runningCount    uint32
	runningMethod   uint16
	reserved        uint16
	pad             [5]uint64
}

type blackBoxRun struct {
	_          structs.HostLayout
	position   uint64
	taken      uint64
	count      uint32
	method     uint16
	id         uint16
	deadline   uint32
	shape      uint32
	ended      uint32
	failed     uint32
	onWorker   uint32
	lastStatus uint32
	reserved   [2]uint64
}

type hello struct {
	_                    structs.HostLayout
	magic                uint64
	abiVersion           uint32
	size                 uint32
	kind                 uint32
	flags                uint32
	features             uint64
	interfaceFingerprint uint64
	reserved             [24]uint8
}

type welcome struct {
	_                    structs.HostLayout
	magic                uint64
	abiVersion           uint32
	size                 uint32
	status               uint32
	flags                uint32
	features             uint64
	epoch                uint64
	segmentSize          uint64
	interfaceFingerprint uint64
	interfaceSize        uint64
	message              [192]uint8
}
