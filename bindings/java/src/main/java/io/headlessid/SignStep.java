package io.headlessid;

/** Answers SIGN with the app's signer. */
final class SignStep implements StepHandler {
    private final Signer signer;

    /** @param signer null if the app has none: a flow that needs one then fails */
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
            String why = "signedBy is host, and this client has no signer";
            flow.giveNothing(why);
            throw HeadlessIdException.state("no_signer", why);
        }
        byte[] signature;
        try {
            signature = sign((Step.Sign) step);
        } catch (Exception e) {
            giveUp(flow, e);
            throw endedBy(e, flow);
        } catch (Throwable e) {
            giveUp(flow, e);
            throw e;
        }
        try {
            flow.giveValue("signature", signature);
        } catch (HeadlessIdException e) {
            // Cancelled while the key was at work: the flow reports that when it runs again.
            if (e.getKind() != ErrorKind.STATE) {
                throw e;
            }
        }
    }

    private static void giveUp(Flow flow, Throwable thrown) {
        try {
            // Its class and not its message, which may quote a secret.
            flow.giveNothing("the signer threw " + thrown.getClass().getName());
        } catch (HeadlessIdException e) {
            // Cancelled meanwhile: that is its end, too.
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

    /** The error of the flow, with the signer's exception as its cause. */
    private static HeadlessIdException endedBy(Exception thrown, Flow flow) {
        if (thrown instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        HeadlessIdException error = ((Step.Failed) flow.next()).getError();
        error.initCause(thrown);
        return error;
    }
}
