/* Prints the catalogue, for tools/generate.py. */
#include <stdio.h>

#include "headlessid/headlessid.h"

int main(void) {
  const hlid_view text = hlid_catalogue();
  return fwrite(text.data, 1, text.size, stdout) == text.size ? 0 : 1;
}
