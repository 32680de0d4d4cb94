/* The table of message IDs against a plain array of 65536. */
#include "net/ids.h"

#include "tap.h"

enum { STEPS = 400000 };

static struct ids ids;
static unsigned char known[65536]; /* enum ids_state, but for completed ones */
static uint16_t ring[IDS_DONE];
static unsigned ring_count;

static uint32_t draw(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 8;
}

static bool in_ring(unsigned id)
{
    for (unsigned i = 0; i < ring_count && i < IDS_DONE; i++)
        if (ring[i] == id)
            return true;
    return false;
}

static enum ids_state expected(unsigned id)
{
    if (known[id] != IDS_UNKNOWN)
        return known[id];
    return in_ring(id) ? IDS_COMPLETED : IDS_UNKNOWN;
}

int main(void)
{
    struct question *whose;
    uint32_t random = 1;
    unsigned wrong = 0, full = 0;
    char memory[16];
    struct question *live = (struct question *)(void *)memory;
    for (unsigned i = 0; i < STEPS; i++) {
        /* Few residues, so that they are pushed past each other. */
        uint16_t id = (uint16_t)(draw(&random) % 60 + draw(&random) % 40 * IDS_SLOTS);
        enum ids_state state = ids_find(&ids, id, &whose);
        wrong += state != expected(id) || (whose != NULL) != (state == IDS_LIVE);
        full += !ids_has_room(&ids);
        if (state == IDS_LIVE) {
            switch (draw(&random) % 3) {
            case 0:
                ids_complete(&ids, id);
                ring[ring_count++ % IDS_DONE] = id;
                known[id] = IDS_UNKNOWN;
                break;
            case 1:
                ids_kill(&ids, id);
                known[id] = IDS_DEAD;
                break;
            default:
                ids_remove(&ids, id);
                known[id] = IDS_UNKNOWN;
            }
        } else if (state == IDS_DEAD && (draw(&random) % 2 == 0 || !ids_has_room(&ids))) {
            ids_remove(&ids, id);
            known[id] = IDS_UNKNOWN;
        } else if (state == IDS_UNKNOWN && ids_has_room(&ids)) {
            ids_add(&ids, id, live);
            known[id] = IDS_LIVE;
        }
    }
    for (unsigned id = 0; id < 65536; id++)
        wrong += ids_find(&ids, (uint16_t)id, &whose) != expected(id);
    is_int(wrong, 0, "every ID is what it was made");
    ok(full > 0, "the table was full now and then");
    return tap_end();
}
