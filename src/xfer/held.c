#include "xfer/held.h"

#include <stdlib.h>
#include <string.h>

struct held_message {
    struct msg msg;
    uint8_t *octets;
    size_t room;
};

bool held_add(struct held *held, const struct msg *msg, struct err *err)
{
    if (held->list == NULL)
        held->list = calloc(HELD_MAX, sizeof *held->list);
    if (held->list == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    struct held_message *to = &held->list[held->count];
    if (to->room < msg->length) {
        free(to->octets); /* what is in it is not needed any more */
        to->octets = malloc(msg->length);
        to->room = to->octets != NULL ? msg->length : 0;
    }
    if (to->octets == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    memcpy(to->octets, msg->octets, msg->length);
    to->msg = *msg;
    msg_move(&to->msg, to->octets);
    held->count++;
    return true;
}

const struct msg *held_at(const struct held *held, unsigned index)
{
    return &held->list[index].msg;
}

void held_clear(struct held *held)
{
    held->count = 0;
}

void held_fini(struct held *held)
{
    for (unsigned i = 0; i < HELD_MAX && held->list != NULL; i++)
        free(held->list[i].octets);
    free(held->list);
    *held = (struct held){.list = NULL};
}
