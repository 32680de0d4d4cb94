/* How a step of a stream has ended. */
#ifndef IO_STREAM_EVENT_H
#define IO_STREAM_EVENT_H

enum stream_event {
    STREAM_DONE,       /* the call did its work, in part at least */
    STREAM_WANT_READ,  /* call again when the descriptor is readable */
    STREAM_WANT_WRITE, /* ... writable */
    STREAM_EOF,        /* read only: the peer has ended the stream */
    STREAM_FAIL
};

#endif
