/* The shared segment and the attach messages, byte by byte. ABI.md explains them; this header is what both sides compile or are compared with.
 * Plain C, fixed-width integers, little endian, no padding that is not named. go/abi.go is its twin; a test compares every line of it. */
#ifndef RINGCALL_ABI_H
#define RINGCALL_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define RINGCALL_ASSERT(condition) static_assert(condition, #condition)
#else
#define RINGCALL_ASSERT(condition) _Static_assert(condition, #condition)
#endif
#define RINGCALL_AT(type, field, at) RINGCALL_ASSERT(offsetof(struct type, field) == (at))
#define RINGCALL_SIZE(type, bytes) RINGCALL_ASSERT(sizeof(struct type) == (bytes))

#define RINGCALL_ABI_VERSION 1u

#define RINGCALL_SEGMENT_MAGIC 0x4c4c4143474e4952ull /* "RINGCALL" */
#define RINGCALL_HELLO_MAGIC 0x4f4c4c4548434352ull   /* "RCCHELLO" */
#define RINGCALL_WELCOME_MAGIC 0x4d434c4557534352ull /* "RCSWELCM" */

#define RINGCALL_CACHE_LINE 64
#define RINGCALL_HOT_SIZE 128 /* a word that another core polls has two lines to itself (adjacent-line prefetch) */
#define RINGCALL_PAGE_SIZE 4096

/* ---- The publication word: position 48 | count 9 | shape 6 | state 1 --------------------------------------------- */

#define RINGCALL_POSITION_BITS 48
#define RINGCALL_POSITION_SHIFT 16
#define RINGCALL_POSITION_MASK 0xffffffffffffull
#define RINGCALL_COUNT_SHIFT 7
#define RINGCALL_COUNT_MASK 0x1ffull
#define RINGCALL_SHAPE_SHIFT 1
#define RINGCALL_SHAPE_MASK 0x3full
#define RINGCALL_STATE_ANSWER 1ull
#define RINGCALL_RUN_MAX 256 /* records in one run */

/* shape 0..48 is the size in bytes of a record that lies in its slot; 49..60 are reserved */
#define RINGCALL_SHAPE_FRAMES 61 /* the slot holds a ringcall_frames_ref; requests only */
#define RINGCALL_SHAPE_BATCH 62 /* the slot holds a ringcall_batch_ref */
#define RINGCALL_SHAPE_ARENA 63 /* the slot holds a ringcall_arena_ref */

/* ---- A slot -------------------------------------------------------------------------------------------------- */

struct ringcall_slot_header {
  uint64_t word;
  uint16_t code;   /* method in a request, ringcall_status in an answer */
  uint16_t id;     /* chosen by the producer below RINGCALL_SLOTS_MAX, echoed in the answer with its flag */
  uint32_t detail; /* deadline in ticks in a request (0: none), the handler's code in an answer */
};
RINGCALL_AT(ringcall_slot_header, word, 0);
RINGCALL_AT(ringcall_slot_header, code, 8);
RINGCALL_AT(ringcall_slot_header, id, 10);
RINGCALL_AT(ringcall_slot_header, detail, 12);
RINGCALL_SIZE(ringcall_slot_header, 16);

#define RINGCALL_ID_SAMPLED 0x8000u /* flag in an id: this call's entry of the times table is being filled in */

#define RINGCALL_SLOT_RECORD 16 /* the record's offset in its slot */
#define RINGCALL_STRIDE_SMALL 32
#define RINGCALL_STRIDE_LARGE 64
#define RINGCALL_SLOTS_MIN 2
#define RINGCALL_SLOTS_MAX 16384

struct ringcall_arena_ref {
  uint32_t offset; /* of the payload, from the segment's start */
  uint32_t size;   /* of the payload */
  uint64_t ticket; /* an answer's: what its ack stores; 0 in a request */
};
RINGCALL_AT(ringcall_arena_ref, offset, 0);
RINGCALL_AT(ringcall_arena_ref, size, 4);
RINGCALL_AT(ringcall_arena_ref, ticket, 8);
RINGCALL_SIZE(ringcall_arena_ref, 16);

struct ringcall_batch_ref {
  uint32_t request_offset; /* both areas lie in the request arena, both are the client's allocations */
  uint32_t answer_offset;
  uint32_t count;
  uint16_t request_size; /* of one record */
  uint16_t answer_size;
};
RINGCALL_AT(ringcall_batch_ref, request_offset, 0);
RINGCALL_AT(ringcall_batch_ref, answer_offset, 4);
RINGCALL_AT(ringcall_batch_ref, count, 8);
RINGCALL_AT(ringcall_batch_ref, request_size, 12);
RINGCALL_AT(ringcall_batch_ref, answer_size, 14);
RINGCALL_SIZE(ringcall_batch_ref, 16);

/* Many requests of any size to one method, one after another in the request arena. Answered, if ok, by a payload in the answer arena: a
   ringcall_frames_done and then the answers. */
struct ringcall_frames_ref {
  uint32_t offset; /* of the first request's head */
  uint32_t size;   /* of all, with their heads */
  uint32_t count;  /* of requests; 0: none, but send the answer that was kept under the ticket, as if its request had come alone */
  uint32_t ticket; /* 0 unless count is */
};
RINGCALL_AT(ringcall_frames_ref, offset, 0);
RINGCALL_AT(ringcall_frames_ref, size, 4);
RINGCALL_AT(ringcall_frames_ref, count, 8);
RINGCALL_AT(ringcall_frames_ref, ticket, 12);
RINGCALL_SIZE(ringcall_frames_ref, 16);

#define RINGCALL_FRAME_ALIGN 8 /* heads begin at multiples of this, counted from the first */

/* In front of each request. */
struct ringcall_frame_request {
  uint32_t size; /* of the payload that follows */
  uint32_t reserved;
};
RINGCALL_AT(ringcall_frame_request, size, 0);
RINGCALL_AT(ringcall_frame_request, reserved, 4);
RINGCALL_SIZE(ringcall_frame_request, 8);

/* In front of all answers. */
struct ringcall_frames_done {
  uint32_t count;  /* of answers that follow; the requests behind these did not run, but for the next one if there is a ticket */
  uint32_t ticket; /* not 0: that one ran, and its answer, for which there was no room here, is kept under this ticket */
};
RINGCALL_AT(ringcall_frames_done, count, 0);
RINGCALL_AT(ringcall_frames_done, ticket, 4);
RINGCALL_SIZE(ringcall_frames_done, 8);

/* In front of each answer. */
struct ringcall_frame_answer {
  uint32_t size;   /* of the payload that follows */
  uint32_t status; /* ringcall_status */
  uint32_t code;   /* the handler's if it failed */
  uint32_t reserved;
};
RINGCALL_AT(ringcall_frame_answer, size, 0);
RINGCALL_AT(ringcall_frame_answer, status, 4);
RINGCALL_AT(ringcall_frame_answer, code, 8);
RINGCALL_AT(ringcall_frame_answer, reserved, 12);
RINGCALL_SIZE(ringcall_frame_answer, 16);

/* In front of every payload in the answer arena. The client's ack stores the ticket. */
struct ringcall_region {
  uint64_t ack;
  uint32_t size;
  uint32_t reserved;
};
RINGCALL_AT(ringcall_region, ack, 0);
RINGCALL_AT(ringcall_region, size, 8);
RINGCALL_AT(ringcall_region, reserved, 12);
RINGCALL_SIZE(ringcall_region, 16);

#define RINGCALL_ARENA_ALIGN 16

enum ringcall_status {
  RINGCALL_OK = 0,
  RINGCALL_UNKNOWN_METHOD = 1,
  RINGCALL_EXPIRED = 2,     /* the deadline had passed before the handler was due; it did not run */
  RINGCALL_FAILED = 3,      /* the handler failed: detail is its code, the record its message */
  RINGCALL_NO_ROOM = 4,     /* the handler ran; its answer found neither arena nor server memory */
  RINGCALL_TOO_LARGE = 5,   /* the handler ran; its answer exceeds the answer arena; the record says both sizes */
  RINGCALL_BAD_REQUEST = 6, /* the record has not the method's size or form; the record says which; nothing ran, or only until the handler met the fault */
  RINGCALL_BATCH_FAILED = 7, /* of a batch: the handler failed for one record: detail is its code, the record is that one's number, uint32_t, a zero,
                                uint32_t, and the message. Records before it are answered, those behind it did not run */
};
#define RINGCALL_BATCH_FAILED_MESSAGE 8 /* where the message begins */

/* ---- A ring -------------------------------------------------------------------------------------------------- */

/* One entry of the directory; written before the segment is sent, never again. Offsets are from the segment's start. */
struct ringcall_ring_entry {
  uint32_t slots_offset;
  uint32_t slot_count; /* a power of two */
  uint32_t slot_stride;
  uint32_t control_offset;
  uint32_t request_arena_offset;
  uint32_t request_arena_size;
  uint32_t answer_arena_offset;
  uint32_t answer_arena_size;
  uint32_t times_offset; /* side table by slot, 0: none */
  uint32_t times_stride;
  uint32_t reserved[6];
};
RINGCALL_AT(ringcall_ring_entry, slots_offset, 0);
RINGCALL_AT(ringcall_ring_entry, slot_count, 4);
RINGCALL_AT(ringcall_ring_entry, slot_stride, 8);
RINGCALL_AT(ringcall_ring_entry, control_offset, 12);
RINGCALL_AT(ringcall_ring_entry, request_arena_offset, 16);
RINGCALL_AT(ringcall_ring_entry, request_arena_size, 20);
RINGCALL_AT(ringcall_ring_entry, answer_arena_offset, 24);
RINGCALL_AT(ringcall_ring_entry, answer_arena_size, 28);
RINGCALL_AT(ringcall_ring_entry, times_offset, 32);
RINGCALL_AT(ringcall_ring_entry, times_stride, 36);
RINGCALL_AT(ringcall_ring_entry, reserved, 40);
RINGCALL_SIZE(ringcall_ring_entry, 64);

/* When a sampled call passed its stages, in counts of the segment's clock: one entry for each id. The id is free again when the answer is reaped. */
struct ringcall_times {
  uint64_t posted;   /* producer's: just before the run's publication */
  uint64_t observed; /* producer's: when it reaped the answer; until then that of the id's last sampled call */
  uint64_t taken;    /* consumer's: just before the handler began */
  uint64_t answered; /* consumer's: just after it ended */
};
RINGCALL_AT(ringcall_times, posted, 0);
RINGCALL_AT(ringcall_times, observed, 8);
RINGCALL_AT(ringcall_times, taken, 16);
RINGCALL_AT(ringcall_times, answered, 24);
RINGCALL_SIZE(ringcall_times, 32);

/* The words of a ring that are not in its slots. The consumer of requests is the server on ring 0. */
struct ringcall_ring_control {
  uint64_t want_request; /* consumer's: the position whose publication should ring it */
  uint64_t want_ack;     /* consumer's: not 0 while answers wait for arena room */
  uint32_t sample_every; /* consumer's: one call in so many is to be sampled; 0: none */
  uint32_t client_spin;  /* consumer's: microseconds that the producer is to poll before it sleeps; RINGCALL_SPIN_OWN: as it likes */
  uint8_t pad0[104];
  uint64_t want_answer; /* producer's: the answer's position whose publication should ring it */
  uint8_t pad1[120];
  uint64_t taken; /* consumer's: next position to take; stored before the handlers of what is below it run */
  uint8_t pad2[120];
};
RINGCALL_AT(ringcall_ring_control, want_request, 0);
RINGCALL_AT(ringcall_ring_control, want_ack, 8);
RINGCALL_AT(ringcall_ring_control, sample_every, 16);
RINGCALL_AT(ringcall_ring_control, client_spin, 20);
RINGCALL_AT(ringcall_ring_control, want_answer, 128);
RINGCALL_AT(ringcall_ring_control, taken, 256);
RINGCALL_SIZE(ringcall_ring_control, 384);

#define RINGCALL_SPIN_OWN 0xffffffffu

#define RINGCALL_WANT_NONE 0xffffffffffffffffull /* no position: positions stay below 2^48 there */

/* ---- The segment's first page -------------------------------------------------------------------------------------- */

#define RINGCALL_RINGS_MAX 4

enum ringcall_state {
  RINGCALL_STATE_NEW = 0,
  RINGCALL_STATE_OPEN = 1,
  RINGCALL_STATE_CLOSED = 2,   /* on purpose, with the final taken stored before */
  RINGCALL_STATE_POISONED = 3, /* the peer broke a rule; reason says which */
};

struct ringcall_life {
  uint32_t state;  /* ringcall_state */
  uint32_t reason; /* ringcall_violation once poisoned */
  uint64_t features;
  uint64_t beat; /* heartbeat: says stalled, never dead */
  uint8_t pad[104];
};
RINGCALL_AT(ringcall_life, state, 0);
RINGCALL_AT(ringcall_life, reason, 4);
RINGCALL_AT(ringcall_life, features, 8);
RINGCALL_AT(ringcall_life, beat, 16);
RINGCALL_SIZE(ringcall_life, 128);

enum ringcall_violation {
  RINGCALL_VIOLATION_NONE = 0,
  RINGCALL_VIOLATION_COUNT = 1,  /* a run's count exceeds what may be outstanding */
  RINGCALL_VIOLATION_WORD = 2,   /* a record inside a run does not carry its position */
  RINGCALL_VIOLATION_SHAPE = 3,  /* a reserved shape, or more bytes than the slot holds */
  RINGCALL_VIOLATION_ID = 4,     /* an answer to a call that is not outstanding */
  RINGCALL_VIOLATION_REGION = 5, /* a reference that leaves its arena, or references of one run that overlap */
  RINGCALL_VIOLATION_BATCH = 6,  /* a batch whose areas leave the arena or overlap, or frames that leave theirs */
  RINGCALL_VIOLATION_STATUS = 7, /* an answer with a status that does not exist */
};

enum ringcall_clock_kind {
  RINGCALL_CLOCK_MONOTONIC = 1, /* counts are nanoseconds of CLOCK_MONOTONIC */
  RINGCALL_CLOCK_CYCLES = 2,    /* counts are the processor's: the time stamp counter, cntvct_el0 */
};

struct ringcall_segment_header {
  uint64_t magic;
  uint32_t abi_version;
  uint32_t header_size;
  uint64_t segment_size;
  uint64_t epoch;         /* one incarnation of a server, never 0 */
  uint64_t clock_base_ns; /* CLOCK_MONOTONIC that is tick 0 */
  uint32_t tick_shift;    /* a tick is 2^tick_shift ns */
  uint32_t ring_count;
  uint32_t client_counters_offset;
  uint32_t client_counters_size;
  uint32_t server_counters_offset;
  uint32_t server_counters_size;
  uint32_t black_box_offset; /* 0: none */
  uint32_t black_box_size;
  uint32_t clock_kind;  /* ringcall_clock_kind, of all times in the segment but clock_base_ns */
  uint32_t reserved0;
  uint64_t clock_scale; /* nanoseconds a count, 32.32 fixed point */
  uint64_t clock_count; /* a count, and the CLOCK_MONOTONIC nanoseconds of the same moment */
  uint64_t clock_ns;
  uint8_t reserved[24];
  struct ringcall_life server; /* written by the server only */
  struct ringcall_life client; /* written by the client only */
  uint8_t reserved2[128];
  struct ringcall_ring_entry rings[RINGCALL_RINGS_MAX];
};
RINGCALL_AT(ringcall_segment_header, magic, 0);
RINGCALL_AT(ringcall_segment_header, abi_version, 8);
RINGCALL_AT(ringcall_segment_header, header_size, 12);
RINGCALL_AT(ringcall_segment_header, segment_size, 16);
RINGCALL_AT(ringcall_segment_header, epoch, 24);
RINGCALL_AT(ringcall_segment_header, clock_base_ns, 32);
RINGCALL_AT(ringcall_segment_header, tick_shift, 40);
RINGCALL_AT(ringcall_segment_header, ring_count, 44);
RINGCALL_AT(ringcall_segment_header, client_counters_offset, 48);
RINGCALL_AT(ringcall_segment_header, client_counters_size, 52);
RINGCALL_AT(ringcall_segment_header, server_counters_offset, 56);
RINGCALL_AT(ringcall_segment_header, server_counters_size, 60);
RINGCALL_AT(ringcall_segment_header, black_box_offset, 64);
RINGCALL_AT(ringcall_segment_header, black_box_size, 68);
RINGCALL_AT(ringcall_segment_header, clock_kind, 72);
RINGCALL_AT(ringcall_segment_header, reserved0, 76);
RINGCALL_AT(ringcall_segment_header, clock_scale, 80);
RINGCALL_AT(ringcall_segment_header, clock_count, 88);
RINGCALL_AT(ringcall_segment_header, clock_ns, 96);
RINGCALL_AT(ringcall_segment_header, reserved, 104);
RINGCALL_AT(ringcall_segment_header, server, 128);
RINGCALL_AT(ringcall_segment_header, client, 256);
RINGCALL_AT(ringcall_segment_header, reserved2, 384);
RINGCALL_AT(ringcall_segment_header, rings, 512);
RINGCALL_SIZE(ringcall_segment_header, 768);

#define RINGCALL_CONTROL_OFFSET 1024 /* ring controls, RINGCALL_CONTROL_STRIDE apart, to the page's end */
#define RINGCALL_CONTROL_STRIDE 512
#define RINGCALL_TICK_SHIFT 16 /* 65.536 us */

/* ---- Counters: one page per writer, each a uint64_t that only grows ------------------------------------------------ */

struct ringcall_client_counters {
  uint64_t calls;           /* records posted; a batch, or frames, count once */
  uint64_t runs;            /* runs published */
  uint64_t batch_records;   /* records inside batches and frames; a frame that goes on in another record counts once */
  uint64_t answers;         /* answers reaped */
  uint64_t answer_runs;     /* runs they came in */
  uint64_t bells_rung;      /* a byte was sent */
  uint64_t bells_saved;     /* runs published to an awake server */
  uint64_t spins;           /* answers met while spinning */
  uint64_t sleeps;          /* times the client armed want_answer and slept */
  uint64_t recovered_wakes; /* answers found only by the bounded sleep: always 0 */
  uint64_t cancelled;       /* calls left by their caller before the answer */
  uint64_t late_answers;    /* answers discarded for that reason */
  uint64_t ring_waits;      /* a post found the ring full */
  uint64_t arena_waits;     /* a reservation found the request arena full */
  uint64_t arena_calls;     /* requests that travelled in the arena */
};
RINGCALL_SIZE(ringcall_client_counters, 120);

struct ringcall_server_counters {
  uint64_t calls;           /* records taken; a batch, or frames, count once */
  uint64_t runs;            /* runs taken */
  uint64_t batch_records;   /* records inside batches taken, and frames that were run */
  uint64_t answers;         /* answers published */
  uint64_t answer_runs;     /* runs they went in */
  uint64_t bells_rung;      /* a byte was sent */
  uint64_t bells_saved;     /* runs published to an awake client */
  uint64_t sleeps;          /* times this channel armed want_request */
  uint64_t recovered_wakes; /* requests found only by the bounded sleep: always 0 */
  uint64_t expired;         /* answered without running */
  uint64_t failed;          /* handlers that failed */
  uint64_t unknown;         /* requests for a method that is not there */
  uint64_t worker_calls;    /* calls that ran on a worker */
  uint64_t waited_answers;  /* answers that waited in server memory for arena room */
  uint64_t no_room;         /* answers given up for want of it */
};
RINGCALL_SIZE(ringcall_server_counters, 120);

/* ---- Black box: the runs taken last, written by the server only, readable after its end ----------------------------------- */

#define RINGCALL_BLACK_BOX_RUNS 63 /* entries behind the head */

struct ringcall_black_box {
  uint64_t runs;             /* taken so far; run n (from 0) has entry n % RINGCALL_BLACK_BOX_RUNS */
  uint64_t running_position; /* of the record whose handler runs, or of the first of several of one method; RINGCALL_WANT_NONE: none does */
  uint32_t running_count;    /* so many from there on may have begun */
  uint16_t running_method;
  uint16_t reserved;
  uint64_t pad[5];
};
RINGCALL_AT(ringcall_black_box, runs, 0);
RINGCALL_AT(ringcall_black_box, running_position, 8);
RINGCALL_AT(ringcall_black_box, running_count, 16);
RINGCALL_AT(ringcall_black_box, running_method, 20);
RINGCALL_AT(ringcall_black_box, reserved, 22);
RINGCALL_AT(ringcall_black_box, pad, 24);
RINGCALL_SIZE(ringcall_black_box, 64);

struct ringcall_black_box_run {
  uint64_t position;  /* of its first record */
  uint64_t taken;     /* counts of the segment's clock when the loop last read it, within a loop turn of the truth */
  uint32_t count;     /* records */
  uint16_t method;    /* of the first */
  uint16_t id;        /* of the first */
  uint32_t deadline;  /* of the first, in ticks; 0: none */
  uint32_t shape;     /* of the first */
  uint32_t ended;     /* of its records: handlers that returned, or refusals */
  uint32_t failed;    /* of those: answered with another status than ok */
  uint32_t on_worker; /* handed to workers; their ends are not noted here */
  uint32_t last_status; /* ringcall_status of the last that failed */
  uint64_t reserved[2];
};
RINGCALL_AT(ringcall_black_box_run, position, 0);
RINGCALL_AT(ringcall_black_box_run, taken, 8);
RINGCALL_AT(ringcall_black_box_run, count, 16);
RINGCALL_AT(ringcall_black_box_run, method, 20);
RINGCALL_AT(ringcall_black_box_run, id, 22);
RINGCALL_AT(ringcall_black_box_run, deadline, 24);
RINGCALL_AT(ringcall_black_box_run, shape, 28);
RINGCALL_AT(ringcall_black_box_run, ended, 32);
RINGCALL_AT(ringcall_black_box_run, failed, 36);
RINGCALL_AT(ringcall_black_box_run, on_worker, 40);
RINGCALL_AT(ringcall_black_box_run, last_status, 44);
RINGCALL_AT(ringcall_black_box_run, reserved, 48);
RINGCALL_SIZE(ringcall_black_box_run, 64);

/* ---- Attach messages. The first 16 bytes of both never change, whatever the version ---------------------------------- */

#define RINGCALL_INTERFACE_SEND 0xffffffffffffffffull /* in a hello: no fingerprint, but send your interfaces' description */
#define RINGCALL_INTERFACE_SIZE_MAX 65536u            /* bytes of description */
#define RINGCALL_WELCOME_FLAG_INTERFACE 1u            /* in welcome.flags: the description follows */

enum ringcall_hello_kind {
  RINGCALL_HELLO_ATTACH = 1,  /* for a channel of one's own */
  RINGCALL_HELLO_OBSERVE = 2, /* for the server's statistics (stats.h), read-only */
};

struct ringcall_hello {
  uint64_t magic;
  uint32_t abi_version;
  uint32_t size; /* of the whole message */
  uint32_t kind; /* ringcall_hello_kind */
  uint32_t flags;
  uint64_t features;
  uint64_t interface_fingerprint; /* 0: not stated; RINGCALL_INTERFACE_SEND: none, but send yours */
  uint8_t reserved[24];
};
RINGCALL_AT(ringcall_hello, magic, 0);
RINGCALL_AT(ringcall_hello, abi_version, 8);
RINGCALL_AT(ringcall_hello, size, 12);
RINGCALL_AT(ringcall_hello, kind, 16);
RINGCALL_AT(ringcall_hello, flags, 20);
RINGCALL_AT(ringcall_hello, features, 24);
RINGCALL_AT(ringcall_hello, interface_fingerprint, 32);
RINGCALL_AT(ringcall_hello, reserved, 40);
RINGCALL_SIZE(ringcall_hello, 64);

enum ringcall_welcome_status {
  RINGCALL_WELCOME_OK = 0, /* exactly one descriptor, that of the segment or of the statistics, comes along */
  RINGCALL_WELCOME_VERSION = 1,
  RINGCALL_WELCOME_BUSY = 2,      /* as many channels as the server takes */
  RINGCALL_WELCOME_EXHAUSTED = 3, /* no memory, no descriptors, a file-size limit */
  RINGCALL_WELCOME_USER = 4,      /* the peer is another user */
  RINGCALL_WELCOME_MALFORMED = 5,
  RINGCALL_WELCOME_CLOSING = 6,
};

struct ringcall_welcome {
  uint64_t magic;
  uint32_t abi_version;
  uint32_t size; /* of the whole message */
  uint32_t status; /* ringcall_welcome_status */
  uint32_t flags;
  uint64_t features;
  uint64_t epoch;
  uint64_t segment_size;
  uint64_t interface_fingerprint; /* the hello's, if the server implements that; else 0 */
  uint64_t interface_size;        /* bytes of description that follow the welcome; 0 without RINGCALL_WELCOME_FLAG_INTERFACE */
  char message[192]; /* why it was refused, NUL-padded UTF-8 */
};
RINGCALL_AT(ringcall_welcome, magic, 0);
RINGCALL_AT(ringcall_welcome, abi_version, 8);
RINGCALL_AT(ringcall_welcome, size, 12);
RINGCALL_AT(ringcall_welcome, status, 16);
RINGCALL_AT(ringcall_welcome, flags, 20);
RINGCALL_AT(ringcall_welcome, features, 24);
RINGCALL_AT(ringcall_welcome, epoch, 32);
RINGCALL_AT(ringcall_welcome, segment_size, 40);
RINGCALL_AT(ringcall_welcome, interface_fingerprint, 48);
RINGCALL_AT(ringcall_welcome, interface_size, 56);
RINGCALL_AT(ringcall_welcome, message, 64);
RINGCALL_SIZE(ringcall_welcome, 256);

#endif
