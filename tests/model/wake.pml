/* Waiting and waking: nobody sleeps for ever with something to do. Sleeps have no time limit here, so a lost wake-up is a state in which nothing moves.
 *
 * The client (go/client.go publish, go/lead.go arm) posts runs of one or two and sleeps for answers; other goroutines of it ack answers
 * (go/segment.go ack). The server (src/channel.cpp serve, send_waiting, flush, arm) answers what it has arena room for and sleeps for requests and
 * acks. A bell holds one byte: to ring a full one does nothing (EAGAIN). When deadly, either process may die before any of its steps, and then
 * its peer must come to its end by the bell's end of file.
 *
 * MUTATION=NUMBER ./pan runs one of the mutations below; CALLS, REORDERS and DEADLY in the environment choose the rest. */

#define CLIENT 0
#define SERVER 1
#define ACKER 2 /* of the client's process, on another processor */
#define THREADS 3

#define REQUESTS 0     /* position up to which requests are published */
#define ANSWERS 1      /* the same of answers */
#define ACKS 2         /* answers acked */
#define WANT_REQUEST 3 /* ring me when this position is published */
#define WANT_ANSWER 4
#define WANT_ACK 5
#define WORDS 6
#define NONE 255

#define SLOTS 2
#define REGIONS 1 /* of answers, until they are acked */

#include "store_buffers.pml"

#define CLIENT_FENCE_BEHIND_PUBLISHING 1
#define SERVER_FENCE_BEHIND_PUBLISHING 2
#define CLIENT_FENCE_BEHIND_WANT 3
#define SERVER_FENCE_BEHIND_WANT 4
#define ACKER_FENCE_BEHIND_ACK 5
#define SERVER_FENCE_BEHIND_WANT_ACK 6
#define CLIENT_LAST_LOOK 7
#define SERVER_LAST_LOOK 8
#define SERVER_LAST_TRY 9
#define CLIENT_READS_WANT_FIRST 10
#define SERVER_READS_WANT_FIRST 11
#define CLIENT_DRAINS_AFTER_LOOKING 12
#define SERVER_DRAINS_AFTER_LOOKING 13
#define CLIENT_WANTS_THE_NEXT 14
#define SERVER_WANTS_THE_NEXT 15
#define CLIENT_IGNORES_BELL 16
#define WANT_ACK_CLEARED_EARLY 17
#define ACKER_READS_WANT_FIRST 18
#define CLIENT_IGNORES_EOF 19
#define SERVER_IGNORES_EOF 20

bool bell[2];
bool dead[2];
byte reaped;

#define CROSSES(position, count, want) ((want) >= (position) && (want) < (position) + (count))

inline publish(me, peer, word, position, count, want_word, want, unfenced, want_first) {
  if
  :: mutation == want_first -> want = LOAD(me, want_word); store(me, word, position + count)
  :: else ->
     store(me, word, position + count);
     fence_unless(me, unfenced);
     want = LOAD(me, want_word)
  fi;
  atomic {
    if
    :: CROSSES(position, count, want) -> bell[peer] = true
    :: else
    fi;
    want = 0
  }
}

/* The client's sleep, until the bell has rung or the server is dead. */
inline sleep() {
  if
  :: bell[CLIENT] -> bell[CLIENT] = false
  :: dead[SERVER] && mutation != CLIENT_IGNORES_EOF -> goto gone
  fi
}

proctype client() {
  byte posted, count, want;
  {
    do
    :: reaped == calls -> break
    :: posted < calls && posted - reaped < SLOTS ->
       if
       :: count = 1
       :: posted + 2 <= calls && posted + 2 - reaped <= SLOTS -> count = 2
       fi;
       publish(CLIENT, SERVER, REQUESTS, posted, count, WANT_REQUEST, want, CLIENT_FENCE_BEHIND_PUBLISHING, CLIENT_READS_WANT_FIRST);
       d_step { posted = posted + count; count = 0 }
    :: reaped < posted ->
look:  if
       :: LOAD(CLIENT, ANSWERS) > reaped -> reaped = LOAD(CLIENT, ANSWERS)
       :: LOAD(CLIENT, ANSWERS) == reaped -> /* PAIR want-answer, the sleeper's end */
          store(CLIENT, WANT_ANSWER, reaped + (mutation == CLIENT_WANTS_THE_NEXT));
          fence_unless(CLIENT, CLIENT_FENCE_BEHIND_WANT);
          if
          :: mutation != CLIENT_LAST_LOOK && LOAD(CLIENT, ANSWERS) > reaped -> store(CLIENT, WANT_ANSWER, NONE)
          :: mutation == CLIENT_LAST_LOOK || LOAD(CLIENT, ANSWERS) == reaped ->
             if
             :: mutation == CLIENT_DRAINS_AFTER_LOOKING -> bell[CLIENT] = false
             :: else
             fi;
             sleep();
             if
             :: mutation == CLIENT_IGNORES_BELL -> sleep()
             :: else
             fi
          fi
       fi
    od
gone: skip
  } unless { dead[CLIENT] }
}

proctype acker() {
  byte acked, want;
  {
    do
    :: acked == calls || dead[SERVER] -> break
    :: acked < reaped -> /* PAIR ack-wanted, the ringer's end */
       if
       :: mutation == ACKER_READS_WANT_FIRST -> want = LOAD(ACKER, WANT_ACK); store(ACKER, ACKS, acked + 1)
       :: else ->
          store(ACKER, ACKS, acked + 1);
          fence_unless(ACKER, ACKER_FENCE_BEHIND_ACK);
          want = LOAD(ACKER, WANT_ACK)
       fi;
       atomic {
         acked++;
         if
         :: want != 0 -> bell[SERVER] = true
         :: else
         fi;
         want = 0
       }
    od
  } unless { dead[CLIENT] }
}

/* Answers that there is room for may be published: ready. */
inline put_waiting() {
  d_step {
    ready = LOAD(SERVER, ACKS) + REGIONS;
    ready = (ready < finished -> ready : finished)
  }
}

inline send_waiting() {
  put_waiting();
  if
  :: ready < finished && LOAD(SERVER, WANT_ACK) == 0 -> /* PAIR ack-wanted, the sleeper's end */
     store(SERVER, WANT_ACK, 1);
     fence_unless(SERVER, SERVER_FENCE_BEHIND_WANT_ACK);
     if
     :: mutation != SERVER_LAST_TRY -> put_waiting()
     :: else
     fi
  :: else
  fi;
  if
  :: (ready == finished || mutation == WANT_ACK_CLEARED_EARLY) && LOAD(SERVER, WANT_ACK) != 0 -> store(SERVER, WANT_ACK, 0)
  :: else
  fi;
  if
  :: ready > answered ->
     publish(SERVER, CLIENT, ANSWERS, answered, ready - answered, WANT_ANSWER, want, SERVER_FENCE_BEHIND_PUBLISHING, SERVER_READS_WANT_FIRST);
     d_step { answered = ready; got = true }
  :: else
  fi
}

proctype server() {
  byte taken, finished, answered, ready, want;
  bool got;
  {
    do
    :: answered == calls -> break
    :: else ->
       atomic {
         got = LOAD(SERVER, REQUESTS) > taken;
         taken = LOAD(SERVER, REQUESTS);
         if
         :: finished = taken
         :: finished < taken /* the workers take their time */
         fi
       }
       send_waiting();
       if
       :: !got -> /* PAIR want-request, the sleeper's end */
          store(SERVER, WANT_REQUEST, taken + (mutation == SERVER_WANTS_THE_NEXT));
          fence_unless(SERVER, SERVER_FENCE_BEHIND_WANT);
          if
          :: mutation != SERVER_LAST_LOOK && LOAD(SERVER, REQUESTS) > taken
          :: mutation == SERVER_LAST_LOOK || LOAD(SERVER, REQUESTS) == taken ->
             if
             :: mutation == SERVER_DRAINS_AFTER_LOOKING -> bell[SERVER] = false
             :: else
             fi;
asleep:      if
             :: finished < taken -> /* a worker's call ends; the channel goes on sleeping (src/loop.cpp finish_worker_calls) */
                finished = taken;
                send_waiting();
                if
                :: answered < calls -> goto asleep
                :: else
                fi
             :: bell[SERVER] -> bell[SERVER] = false
             :: dead[CLIENT] && mutation != SERVER_IGNORES_EOF -> goto gone
             fi
          fi
       :: else
       fi;
       got = false
    od;
gone: skip
  } unless { dead[SERVER] }
}

proctype killer() {
  if
  :: dead[CLIENT] = true
  :: dead[SERVER] = true
  fi
}

init {
  atomic {
    set_up_from_environment();
    mem[WANT_REQUEST] = NONE;
    mem[WANT_ANSWER] = NONE;
    run drains(CLIENT);
    run drains(SERVER);
    run drains(ACKER);
    run client();
    run acker();
    run server();
    if
    :: deadly -> run killer()
    :: else
    fi
  }
}
