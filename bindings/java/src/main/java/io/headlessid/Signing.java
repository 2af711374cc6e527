package io.headlessid;

/** Answers SIGN by the host's signer. */
final class Signing implements Host {
    private final Signer signer;

    /** @param signer null where the host has named none: a flow that wants one is then refused */
    Signing(Signer signer) {
        this.signer = signer;
    }

    @Override
    public boolean has(Step step) {
        return step instanceof Step.Sign;
    }

    @Override
    public void give(Flow flow, Step step) {
        byte[] signature;
        try {
            signature = sign((Step.Sign) step);
        } catch (Throwable e) {
            flow.cancel();
            throw e;
        }
        try {
            flow.giveValue("signature", signature);
        } catch (HeadlessIdException e) {
            // Cancelled while the key was at work: the flow says so itself when it runs on.
            if (e.getKind() != ErrorKind.STATE) {
                throw e;
            }
        }
    }

    private byte[] sign(Step.Sign step) {
        if (signer == null) {
            throw HeadlessIdException.state("no_signer", "attestation_signer is host: the flow wants SIGN, and this client has no signer");
        }
        byte[] signature = null;
        Exception cause = null;
        try {
            signature = signer.sign(step.getAlgorithm(), step.getInput());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            cause = e;
        } catch (Exception e) {
            cause = e;
        }
        if (signature == null) {
            HeadlessIdException failed = HeadlessIdException.state("signer_failed",
                    cause == null ? "the signer returned null" : "the signer threw " + cause.getClass().getName());
            if (cause != null) {
                failed.initCause(cause);
            }
            throw failed;
        }
        return signature;
    }
}
