#!/bin/sh
# Takes what one container writes and appends it to files, for the daemon to fetch when it can.
# Started by the container's shim with CONTAINER_ID set: stdout comes on descriptor 3, stderr on 4, and closing 5 says
# "ready". Lives until both streams end, whatever becomes of the daemon and of containerd; never makes the container wait
# for long.
#   ID/spool/out.NNNNNNNNNN, err.NNNNNNNNNN   segments in the order of their numbers; a segment is final once the next exists
#   ID/spool/out.end, err.end                 the stream has ended
# The daemon removes segments that it has taken. While it is away, more than LIMIT bytes of a stream push out the oldest.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LIMIT=67108864
FIRST=1000000000
trap '' TERM INT HUP
umask 077
cd "${0%/*}/$CONTAINER_ID/spool" || exit 1
# Ready: the pipes hold what comes until the readers below are there.
exec 5>&-

size() {
    stat -c %s "$1" 2>/dev/null || echo 0
}

# Makes room; waits two seconds at most for a daemon that is only busy, and not at all for one that is away.
bound() {
    total=0
    for each in $(stat -c %s "$1".1* 2>/dev/null); do total=$((total + each)); done
    [ "$total" -gt "$LIMIT" ] || return 0
    for oldest in "$1".1*; do
        [ "$total" -gt "$LIMIT" ] || break
        bytes=$(size "$oldest")
        tries=0
        while [ "$away" = 0 ] && [ -e "$oldest" ] && [ "$tries" -lt 20 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
        if [ -e "$oldest" ]; then away=1; else away=0; fi
        rm -f "$oldest"
        total=$((total - bytes))
    done
}

# dd copies each piece as it comes, and starts a new segment after so many pieces.
take() {
    number=$FIRST
    away=0
    while [ -e "$1.$number" ]; do number=$((number + 1)); done
    while :; do
        if dd of="$1.$number" bs=16384 count=1024 2>/dev/null; then
            [ -s "$1.$number" ] || break
        else
            # No room on the disk: the oldest goes, and the container goes on.
            for oldest in "$1".1*; do
                rm -f "$oldest"
                break
            done
            sleep 0.1
        fi
        number=$((number + 1))
        bound "$1"
    done
    rm -f "$1.$number"
    : >"$1.end"
}

# Each in a shell that has given up the other descriptors first: redirecting a function call would only set them aside.
(
    exec <&3 3<&- 4<&-
    take out
) &
exec <&4 3<&- 4<&-
take err
wait
