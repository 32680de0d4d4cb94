/* base/dict: entries by their number and by their key, however many there are. */
#include "base/dict.h"

#include "tap.h"

static void empty(void)
{
    struct dict dict = {.seed = 7};
    size_t index = 1;
    ok(!dict_find(&dict, "a", 1, &index), "nothing is in an empty dict");
    ok(dict_value(&dict, "", 0) == NULL, "not even the empty key");
    dict_fini(&dict);
}

static void keys(void)
{
    struct err err = {.kind = ERR_NONE};
    struct dict dict = {.seed = 7};
    static char values[4];
    size_t index, n;
    ok(dict_add(&dict, "", 0, &values[0], &err) && dict_add(&dict, "a", 1, &values[1], &err) &&
           dict_add(&dict, "a\0", 2, &values[2], &err) && dict_add(&dict, "a\0b", 3, NULL, &err),
       "keys of any octets");
    ok(dict_value(&dict, "", 0) == &values[0], "the empty key");
    ok(dict_value(&dict, "a", 1) == &values[1], "a key");
    ok(dict_value(&dict, "a\0", 2) == &values[2], "one with a NUL");
    ok(dict_find(&dict, "a\0b", 3, &index) && index == 3, "one without a value has a number");
    ok(dict_value(&dict, "b", 1) == NULL && dict_value(&dict, "a\0b\0", 4) == NULL, "others");
    ok(memcmp(dict_key(&dict, 2, &n), "a", 2) == 0 && n == 2, "a number has a key");
    dict_fini(&dict);
    ok(dict.count == 0 && dict.seed == 7, "afterwards it is empty");
}

enum { MANY = 100000 };

static void many(void)
{
    struct err err = {.kind = ERR_NONE};
    struct dict dict = {.seed = 7};
    unsigned good = 0;
    for (uint32_t i = 0; i < MANY; i++)
        if (!dict_find(&dict, &i, sizeof i, &(size_t){0}))
            good += dict_add(&dict, &i, sizeof i, NULL, &err);
    is_int(good, MANY, "many keys that differ in little");
    good = 0;
    for (uint32_t i = 0; i < 2 * MANY; i++) {
        size_t index;
        bool found = dict_find(&dict, &i, sizeof i, &index);
        good += found == (i < MANY) && (!found || index == i);
    }
    is_int(good, 2 * MANY, "all are found by the number that they came with, and no others");
    dict_fini(&dict);
}

int main(void)
{
    empty();
    keys();
    many();
    return tap_end();
}
