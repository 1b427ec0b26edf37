#include "textflag.h"

// func readCycles() uint64
TEXT ·readCycles(SB), NOSPLIT, $0-8
	MRS  CNTVCT_EL0, R0
	MOVD R0, ret+0(FP)
	RET
