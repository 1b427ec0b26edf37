/* The statistics of a server, byte by byte: one memory file that the server alone writes and that observers map read-only (hello kind
 * RINGCALL_HELLO_OBSERVE). ABI.md explains it. Plain C, little endian, no padding that is not named.
 *
 * Reading. Each counter is one 64-bit word with one writer, stored relaxed: a reader sees some recent value of each, nothing is ordered between
 * them, and nobody waits for it. What must be consistent has a sequence word (ringcall_sample, ringcall_channel_stats). Offsets and counts are written
 * before the file is sent, and never again. Times are nanoseconds of CLOCK_MONOTONIC unless they say otherwise. */
#ifndef RINGCALL_STATS_H
#define RINGCALL_STATS_H

#include "ringcall/abi.h"

#define RINGCALL_STATS_MAGIC 0x5354415443474e52ull /* "RNGCTATS" */
#define RINGCALL_STATS_VERSION 1u

/* ---- Histograms ------------------------------------------------------------------------------------------------------ */

/* Log-linear, as HdrHistogram has it: a value v of nanoseconds below 64 has bucket v; above, with e = floor(log2 v) - 5, bucket 32 e + (v >> e).
   So a bucket is at most 1/32 of its lower bound wide. Values from 2^36 ns (68 s) on have the last bucket. */
#define RINGCALL_HISTOGRAM_BITS 5
#define RINGCALL_HISTOGRAM_BUCKETS 1024

struct ringcall_histogram {
  uint64_t count; /* of values; the buckets' sum, but for what is being written */
  uint64_t sum;   /* nanoseconds */
  uint64_t max;
  uint64_t reserved;
  uint64_t buckets[RINGCALL_HISTOGRAM_BUCKETS];
};
RINGCALL_AT(ringcall_histogram, count, 0);
RINGCALL_AT(ringcall_histogram, sum, 8);
RINGCALL_AT(ringcall_histogram, max, 16);
RINGCALL_AT(ringcall_histogram, reserved, 24);
RINGCALL_AT(ringcall_histogram, buckets, 32);
RINGCALL_SIZE(ringcall_histogram, 8224);

/* Where a sampled call's time went. total is the sum of the others. */
enum ringcall_stage {
  RINGCALL_STAGE_TOTAL = 0,       /* posted to observed */
  RINGCALL_STAGE_QUEUE = 1,       /* posted to taken, of a server that was awake: other calls, those before it in its run, a worker's queue */
  RINGCALL_STAGE_SERVER_WAKE = 2, /* posted to taken, of a server that had to be rung */
  RINGCALL_STAGE_HANDLER = 3,     /* taken to answered */
  RINGCALL_STAGE_RESPONSE = 4,    /* answered to observed, of a client that was awake: the rest of the run, the client's own work */
  RINGCALL_STAGE_CLIENT_WAKE = 5, /* answered to observed, of a client that had to be rung */
  RINGCALL_STAGES = 6,
};

/* ---- Per method and loop ------------------------------------------------------------------------------------------- */

#define RINGCALL_FAILURE_CODES 8

struct ringcall_failure_count {
  uint64_t count;
  uint32_t code; /* the handler's */
  uint32_t used; /* 0: this entry is free */
};
RINGCALL_AT(ringcall_failure_count, count, 0);
RINGCALL_AT(ringcall_failure_count, code, 8);
RINGCALL_AT(ringcall_failure_count, used, 12);
RINGCALL_SIZE(ringcall_failure_count, 16);

struct ringcall_method_stats {
  uint64_t calls;         /* records taken; a batch, or frames, count once */
  uint64_t batch_records; /* records inside batches and frames */
  uint64_t statuses[8];   /* answers by ringcall_status; [RINGCALL_OK] is not counted: calls less all others less what is under way */
  uint64_t worker_calls;
  uint64_t sampled;       /* calls whose stages are in the histograms */
  uint64_t unobserved;    /* sampled calls whose answer was not seen reaped before their id was used again, or their channel ended: not in the histograms */
  uint64_t other_failures; /* handlers' failures with codes that found no entry below */
  uint64_t reserved[2];
  struct ringcall_failure_count failures[RINGCALL_FAILURE_CODES]; /* RINGCALL_FAILED and RINGCALL_BATCH_FAILED by code */
  struct ringcall_histogram stages[RINGCALL_STAGES];
};
RINGCALL_AT(ringcall_method_stats, calls, 0);
RINGCALL_AT(ringcall_method_stats, batch_records, 8);
RINGCALL_AT(ringcall_method_stats, statuses, 16);
RINGCALL_AT(ringcall_method_stats, worker_calls, 80);
RINGCALL_AT(ringcall_method_stats, sampled, 88);
RINGCALL_AT(ringcall_method_stats, unobserved, 96);
RINGCALL_AT(ringcall_method_stats, other_failures, 104);
RINGCALL_AT(ringcall_method_stats, reserved, 112);
RINGCALL_AT(ringcall_method_stats, failures, 128);
RINGCALL_AT(ringcall_method_stats, stages, 256);
RINGCALL_SIZE(ringcall_method_stats, 49600);

/* ---- Samples: the stages of single calls, a ring of the last ones ------------------------------------------------------- */

#define RINGCALL_SAMPLES 4096

#define RINGCALL_SAMPLE_SERVER_RUNG 1u /* the server had to be woken for it */
#define RINGCALL_SAMPLE_CLIENT_RUNG 2u /* the client had to be woken for its answer */
#define RINGCALL_SAMPLE_WORKER 4u
#define RINGCALL_SAMPLE_BATCH 8u       /* a batch or frames: records says of how many */

struct ringcall_sample {
  uint64_t sequence; /* 0 while it is written; else its number from 1 on: entry (number - 1) % RINGCALL_SAMPLES. Read it before and after, acquire */
  uint64_t posted;
  uint64_t taken;
  uint64_t answered;
  uint64_t observed;
  uint64_t position; /* of the request */
  uint32_t channel;  /* the channel's id, its low half */
  uint16_t method;   /* index into the methods */
  uint16_t status;   /* ringcall_status */
  uint32_t records;
  uint32_t flags;
};
RINGCALL_AT(ringcall_sample, sequence, 0);
RINGCALL_AT(ringcall_sample, posted, 8);
RINGCALL_AT(ringcall_sample, taken, 16);
RINGCALL_AT(ringcall_sample, answered, 24);
RINGCALL_AT(ringcall_sample, observed, 32);
RINGCALL_AT(ringcall_sample, position, 40);
RINGCALL_AT(ringcall_sample, channel, 48);
RINGCALL_AT(ringcall_sample, method, 52);
RINGCALL_AT(ringcall_sample, status, 54);
RINGCALL_AT(ringcall_sample, records, 56);
RINGCALL_AT(ringcall_sample, flags, 60);
RINGCALL_SIZE(ringcall_sample, 64);

/* ---- Per loop --------------------------------------------------------------------------------------------------------- */

#define RINGCALL_RUN_LENGTHS 9 /* [i]: runs of 2^i to 2^(i+1) - 1 records */

/* Then follow, at the loop's samples_offset and methods_offset, its samples and its ringcall_method_stats in the methods' order. */
struct ringcall_loop_stats {
  uint64_t beat;         /* when the loop last read the clock, at most every few turns; an idle one each second */
  uint64_t asleep;       /* 1 while it sleeps */
  uint64_t turns;        /* looks at its clock: about 8 polls each */
  uint64_t longest_turn; /* nanoseconds: the longest time in which it looked at no other channel */
  uint64_t longest_turn_at; /* when that ended */
  uint64_t sleeps;
  uint64_t calls;
  uint64_t runs;
  uint64_t run_lengths[RINGCALL_RUN_LENGTHS];
  uint64_t bells_rung;
  uint64_t bells_saved;
  uint64_t poisoned;     /* channels of clients that broke a rule */
  uint64_t attached;     /* channels so far */
  uint64_t left;         /* of these, ended */
  uint64_t waited_answers; /* answers that waited in server memory for arena room */
  uint64_t recovered_wakes; /* always 0 */
  uint64_t samples;      /* written so far */
  uint64_t reserved[7];
};
RINGCALL_AT(ringcall_loop_stats, beat, 0);
RINGCALL_AT(ringcall_loop_stats, asleep, 8);
RINGCALL_AT(ringcall_loop_stats, turns, 16);
RINGCALL_AT(ringcall_loop_stats, longest_turn, 24);
RINGCALL_AT(ringcall_loop_stats, longest_turn_at, 32);
RINGCALL_AT(ringcall_loop_stats, sleeps, 40);
RINGCALL_AT(ringcall_loop_stats, calls, 48);
RINGCALL_AT(ringcall_loop_stats, runs, 56);
RINGCALL_AT(ringcall_loop_stats, run_lengths, 64);
RINGCALL_AT(ringcall_loop_stats, bells_rung, 136);
RINGCALL_AT(ringcall_loop_stats, bells_saved, 144);
RINGCALL_AT(ringcall_loop_stats, poisoned, 152);
RINGCALL_AT(ringcall_loop_stats, attached, 160);
RINGCALL_AT(ringcall_loop_stats, left, 168);
RINGCALL_AT(ringcall_loop_stats, waited_answers, 176);
RINGCALL_AT(ringcall_loop_stats, recovered_wakes, 184);
RINGCALL_AT(ringcall_loop_stats, samples, 192);
RINGCALL_AT(ringcall_loop_stats, reserved, 200);
RINGCALL_SIZE(ringcall_loop_stats, 256);

/* ---- Per channel ------------------------------------------------------------------------------------------------------- */

/* Written when the channel comes and goes, when its loop stops polling it, and at least ten times a second while it is busy. */
struct ringcall_channel_stats {
  uint64_t sequence; /* odd while it is written; read it before and after, acquire */
  uint64_t id;       /* 0: no channel here */
  int32_t pid;       /* of the client when it attached */
  uint32_t loop;
  uint64_t attached; /* when */
  uint64_t updated;  /* when all of this was read */
  uint64_t taken;    /* position */
  uint64_t answered; /* position */
  uint32_t polled;   /* 1: its loop polls it, 0: it sleeps on its bell */
  uint32_t worker_calls; /* under way */
  uint64_t waiting;  /* answers that wait for arena room */
  uint64_t segment_size; /* bytes */
  uint64_t reserved[2];
  struct ringcall_server_counters server;
  struct ringcall_client_counters client; /* as its process wrote them: as trustworthy as it */
  uint8_t pad[48];
};
RINGCALL_AT(ringcall_channel_stats, sequence, 0);
RINGCALL_AT(ringcall_channel_stats, id, 8);
RINGCALL_AT(ringcall_channel_stats, pid, 16);
RINGCALL_AT(ringcall_channel_stats, loop, 20);
RINGCALL_AT(ringcall_channel_stats, attached, 24);
RINGCALL_AT(ringcall_channel_stats, updated, 32);
RINGCALL_AT(ringcall_channel_stats, taken, 40);
RINGCALL_AT(ringcall_channel_stats, answered, 48);
RINGCALL_AT(ringcall_channel_stats, polled, 56);
RINGCALL_AT(ringcall_channel_stats, worker_calls, 60);
RINGCALL_AT(ringcall_channel_stats, waiting, 64);
RINGCALL_AT(ringcall_channel_stats, segment_size, 72);
RINGCALL_AT(ringcall_channel_stats, reserved, 80);
RINGCALL_AT(ringcall_channel_stats, server, 96);
RINGCALL_AT(ringcall_channel_stats, client, 216);
RINGCALL_AT(ringcall_channel_stats, pad, 336);
RINGCALL_SIZE(ringcall_channel_stats, 384);

/* ---- The first page ---------------------------------------------------------------------------------------------------- */

struct ringcall_method_info {
  uint16_t id;
  uint16_t on_worker; /* 1: runs on a worker */
  uint32_t request_size; /* bytes of its record; 0: none, or any */
  uint32_t answer_size;
  uint32_t takes_batches; /* 1: also single calls, 2: nothing else */
  char name[112];     /* "service.method" where the interface's description tells, else "method N"; NUL-terminated UTF-8 */
};
RINGCALL_AT(ringcall_method_info, id, 0);
RINGCALL_AT(ringcall_method_info, on_worker, 2);
RINGCALL_AT(ringcall_method_info, request_size, 4);
RINGCALL_AT(ringcall_method_info, answer_size, 8);
RINGCALL_AT(ringcall_method_info, takes_batches, 12);
RINGCALL_AT(ringcall_method_info, name, 16);
RINGCALL_SIZE(ringcall_method_info, 128);

struct ringcall_loop_info {
  uint32_t stats_offset;   /* ringcall_loop_stats */
  uint32_t samples_offset; /* RINGCALL_SAMPLES of ringcall_sample */
  uint64_t methods_offset; /* method_count of ringcall_method_stats */
};
RINGCALL_AT(ringcall_loop_info, stats_offset, 0);
RINGCALL_AT(ringcall_loop_info, samples_offset, 4);
RINGCALL_AT(ringcall_loop_info, methods_offset, 8);
RINGCALL_SIZE(ringcall_loop_info, 16);

struct ringcall_stats_header {
  uint64_t magic;
  uint32_t version; /* RINGCALL_STATS_VERSION */
  uint32_t abi_version;
  uint64_t size;    /* of the file */
  uint64_t epoch;   /* the server's */
  int32_t pid;
  uint32_t method_count; /* the last is "unknown method": requests for an id that has none */
  uint32_t loop_count;
  uint32_t channel_count; /* entries: as many as the server takes */
  uint32_t methods_offset;  /* ringcall_method_info */
  uint32_t loops_offset;    /* ringcall_loop_info */
  uint32_t channels_offset; /* ringcall_channel_stats */
  uint32_t interface_offset; /* the interfaces' description, as a welcome has it */
  uint32_t interface_size;
  uint32_t clock_kind; /* ringcall_clock_kind */
  uint64_t started;    /* when */
  uint64_t started_realtime; /* nanoseconds since 1970 */
  /* Options. */
  uint32_t slots;
  uint32_t stride;
  uint32_t request_arena;
  uint32_t answer_arena;
  uint32_t workers;  /* a loop; 0: no method runs on one */
  uint32_t reserved0;
  /* Policy: changes while the server runs. */
  uint64_t sample_every; /* in force: the least of sample_base and what observers hold; 0: none */
  uint64_t sample_base;  /* without observers */
  uint64_t server_spin;  /* nanoseconds */
  uint64_t client_spin;  /* microseconds; RINGCALL_SPIN_OWN */
  uint64_t observers;    /* now */
  uint64_t refused;      /* attaches refused so far */
  uint64_t draining;     /* 1: it ends */
  uint64_t reserved[5];
  char name[128];        /* of the server, or its socket's path */
};
RINGCALL_AT(ringcall_stats_header, magic, 0);
RINGCALL_AT(ringcall_stats_header, version, 8);
RINGCALL_AT(ringcall_stats_header, abi_version, 12);
RINGCALL_AT(ringcall_stats_header, size, 16);
RINGCALL_AT(ringcall_stats_header, epoch, 24);
RINGCALL_AT(ringcall_stats_header, pid, 32);
RINGCALL_AT(ringcall_stats_header, method_count, 36);
RINGCALL_AT(ringcall_stats_header, loop_count, 40);
RINGCALL_AT(ringcall_stats_header, channel_count, 44);
RINGCALL_AT(ringcall_stats_header, methods_offset, 48);
RINGCALL_AT(ringcall_stats_header, loops_offset, 52);
RINGCALL_AT(ringcall_stats_header, channels_offset, 56);
RINGCALL_AT(ringcall_stats_header, interface_offset, 60);
RINGCALL_AT(ringcall_stats_header, interface_size, 64);
RINGCALL_AT(ringcall_stats_header, clock_kind, 68);
RINGCALL_AT(ringcall_stats_header, started, 72);
RINGCALL_AT(ringcall_stats_header, started_realtime, 80);
RINGCALL_AT(ringcall_stats_header, slots, 88);
RINGCALL_AT(ringcall_stats_header, stride, 92);
RINGCALL_AT(ringcall_stats_header, request_arena, 96);
RINGCALL_AT(ringcall_stats_header, answer_arena, 100);
RINGCALL_AT(ringcall_stats_header, workers, 104);
RINGCALL_AT(ringcall_stats_header, reserved0, 108);
RINGCALL_AT(ringcall_stats_header, sample_every, 112);
RINGCALL_AT(ringcall_stats_header, sample_base, 120);
RINGCALL_AT(ringcall_stats_header, server_spin, 128);
RINGCALL_AT(ringcall_stats_header, client_spin, 136);
RINGCALL_AT(ringcall_stats_header, observers, 144);
RINGCALL_AT(ringcall_stats_header, refused, 152);
RINGCALL_AT(ringcall_stats_header, draining, 160);
RINGCALL_AT(ringcall_stats_header, reserved, 168);
RINGCALL_AT(ringcall_stats_header, name, 208);
RINGCALL_SIZE(ringcall_stats_header, 336);

/* ---- What an observer may say after its welcome, and what it is answered: 32 and 128 bytes each, one at a time ------------------------------ */

#define RINGCALL_COMMAND_MAGIC 0x444e4d43u /* "CMND" */
#define RINGCALL_REPLY_MAGIC 0x594c5052u   /* "RPLY" */

enum ringcall_command_kind {
  RINGCALL_COMMAND_SAMPLE = 1,      /* value: one call in so many is to be sampled as long as this connection lives; 0: no more */
  RINGCALL_COMMAND_SAMPLE_BASE = 2, /* value: the same for good, without observers; 0: none */
  RINGCALL_COMMAND_SERVER_SPIN = 3, /* value: nanoseconds, at most a second */
  RINGCALL_COMMAND_CLIENT_SPIN = 4, /* value: microseconds, at most a million; RINGCALL_SPIN_OWN */
  RINGCALL_COMMAND_CAPTURE = 5,     /* value: bytes of the capture ring to make (ringcall_capture), for each loop, a power of two from 64 KiB to 1 GiB; answered with its descriptor. 0: end it */
};

struct ringcall_command {
  uint32_t magic;
  uint32_t kind; /* ringcall_command_kind */
  uint64_t value;
  uint64_t reserved[2];
};
RINGCALL_AT(ringcall_command, magic, 0);
RINGCALL_AT(ringcall_command, kind, 4);
RINGCALL_AT(ringcall_command, value, 8);
RINGCALL_AT(ringcall_command, reserved, 16);
RINGCALL_SIZE(ringcall_command, 32);

struct ringcall_reply {
  uint32_t magic;
  uint32_t status; /* 0: done; else message says why not */
  uint64_t value;  /* what is in force now */
  char message[112]; /* NUL-padded UTF-8 */
};
RINGCALL_AT(ringcall_reply, magic, 0);
RINGCALL_AT(ringcall_reply, status, 4);
RINGCALL_AT(ringcall_reply, value, 8);
RINGCALL_AT(ringcall_reply, message, 16);
RINGCALL_SIZE(ringcall_reply, 128);

/* ---- Capture: real traffic with its timing, a ring for each loop --------------------------------------------------------- */

#define RINGCALL_CAPTURE_MAGIC 0x4552555450414352ull /* "RCAPTURE" */

/* At the start of each loop's part of the capture file; the parts are of one size, that of the file divided by their number. bytes, a power of two, follow. The writer
   never waits: a record for which there is no room is dropped. Positions only grow; a position's place is position % bytes. */
struct ringcall_capture {
  uint64_t magic;
  uint64_t bytes;   /* of the ring that follows */
  uint32_t parts;   /* loops */
  uint32_t part;    /* this one's number */
  uint64_t dropped; /* records, by the writer */
  uint8_t pad0[96];
  uint64_t written; /* by the writer, release: all below it may be read */
  uint8_t pad1[120];
  uint64_t read;    /* by the reader, release: all below it may be overwritten. The one word of all that an observer writes */
  uint8_t pad2[120];
};
RINGCALL_AT(ringcall_capture, magic, 0);
RINGCALL_AT(ringcall_capture, bytes, 8);
RINGCALL_AT(ringcall_capture, parts, 16);
RINGCALL_AT(ringcall_capture, part, 20);
RINGCALL_AT(ringcall_capture, dropped, 24);
RINGCALL_AT(ringcall_capture, pad0, 32);
RINGCALL_AT(ringcall_capture, written, 128);
RINGCALL_AT(ringcall_capture, pad1, 136);
RINGCALL_AT(ringcall_capture, read, 256);
RINGCALL_AT(ringcall_capture, pad2, 264);
RINGCALL_SIZE(ringcall_capture, 384);

/* A call: this, then request_size and answer_size bytes, then padding to 8. It may wrap. */
struct ringcall_captured {
  uint32_t size;   /* of all of it, a multiple of 8 */
  uint16_t method; /* id */
  uint16_t status; /* ringcall_status */
  uint32_t detail; /* the handler's code if it failed */
  uint32_t channel;
  uint64_t taken;
  uint64_t answered;
  uint32_t request_size;
  uint32_t answer_size;
};
RINGCALL_AT(ringcall_captured, size, 0);
RINGCALL_AT(ringcall_captured, method, 4);
RINGCALL_AT(ringcall_captured, status, 6);
RINGCALL_AT(ringcall_captured, detail, 8);
RINGCALL_AT(ringcall_captured, channel, 12);
RINGCALL_AT(ringcall_captured, taken, 16);
RINGCALL_AT(ringcall_captured, answered, 24);
RINGCALL_AT(ringcall_captured, request_size, 32);
RINGCALL_AT(ringcall_captured, answer_size, 36);
RINGCALL_SIZE(ringcall_captured, 40);

#endif
