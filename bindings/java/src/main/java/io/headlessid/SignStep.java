package io.headlessid;

/** Answers SIGN by the host's signer. */
final class SignStep implements StepHandler {
    private final Signer signer;

    /** @param signer null where the host has named none: a flow that wants one is then refused */
    SignStep(Signer signer) {
        this.signer = signer;
    }

    @Override
    public boolean has(Step step) {
        return step instanceof Step.Sign;
    }

    @Override
    public void give(Flow flow, Step step) {
        if (signer == null) {
            flow.cancel();
            throw HeadlessIdException.state("no_signer", "attestation_signer is host: the flow wants SIGN, and this client has no signer");
        }
        byte[] signature;
        try {
            signature = sign((Step.Sign) step);
        } catch (Exception e) {
            flow.cancel();
            throw cancelledBy(e, flow);
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

    private byte[] sign(Step.Sign step) throws Exception {
        byte[] signature = signer.sign(step.getAlgorithm(), step.getInput());
        if (signature == null) {
            throw new NullPointerException("the signer returned null");
        }
        return signature;
    }

    /** The error of the flow that has been cancelled, with what the host threw as its cause. */
    private static HeadlessIdException cancelledBy(Exception thrown, Flow flow) {
        if (thrown instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        HeadlessIdException error = ((Step.Failed) flow.next()).getError();
        error.initCause(thrown);
        return error;
    }
}
