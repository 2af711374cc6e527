package io.headlessid;

import java.util.concurrent.CompletionStage;

/** Does STORE with the host's store. */
final class StoreStep {
    private StoreStep() {}

    static CompletionStage<?> ask(Step.Store step, AsyncSessionStore store) {
        switch (step.operation) {
            case NativeConstants.HLID_STORE_LOAD:
                return store.load(step.key);
            case NativeConstants.HLID_STORE_SAVE:
                return store.save(step.key, step.version, step.newVersion, step.value, step.ttl);
            case NativeConstants.HLID_STORE_DELETE:
                return store.delete(step.key, step.version);
            case NativeConstants.HLID_STORE_LOCK:
                return store.lock(step.key, step.owner, step.ttl);
            case NativeConstants.HLID_STORE_UNLOCK:
                return store.unlock(step.key, step.owner);
            default:
                throw new IllegalStateException("operation " + step.operation + " of a store, which this version does not know");
        }
    }

    /** Hands back what the store gave; false: a store must not give that. */
    static boolean give(Step.Store step, Flow flow, Object reply) {
        if (step.operation == NativeConstants.HLID_STORE_LOAD) {
            flow.giveStored((StoredSession) reply);
            return true;
        }
        if (reply == null) {
            return false;
        }
        flow.giveStoreDone((Boolean) reply);
        return true;
    }
}
