#include "cli/outcome.h"

namespace hlid_cli {

int exit_status_of(const Failure& failure) {
  if (failure.exit_status) return *failure.exit_status;
  if (failure.kind == "ARGUMENT") return kWrongUse;
  if (failure.kind == "TRANSPORT") return kNoResponse;
  if (failure.kind == "PROTOCOL") return kBrokenResponse;
  if (failure.kind == "REFUSED") return kRefused;
  return kWrongState;
}

Failure failure_of(const UsageError& error) {
  Failure failure;
  failure.kind = "ARGUMENT";
  failure.advice = "FIX_ARGUMENT";
  failure.reason = "usage";
  failure.message = error.what();
  failure.hint = error.hint();
  failure.field = error.field();
  return failure;
}

}  // namespace hlid_cli
