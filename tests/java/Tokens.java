import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.SignerId;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.tsp.TimeStampTokenInfo;
import org.bouncycastle.util.encoders.Hex;

/** Timestamps: RFC 3161, and GB/T 20520 with SM2 and SM3. */
final class Tokens {
    private Tokens() {}

    static String verify(byte[] der, byte[] imprint, byte[] certificate) throws Exception {
        TimeStampToken token = new TimeStampToken(ContentInfo.getInstance(ASN1Primitive.fromByteArray(der)));
        Checker.must(
                Arrays.equals(token.getTimeStampInfo().getMessageImprintDigest(), imprint),
                "the token is about something else");
        return validated(token, certificate == null ? null : new X509CertificateHolder(certificate));
    }

    /** The token, over these bytes. */
    static String verifyToken(TimeStampToken token, byte[] stamped, X509CertificateHolder certificate)
            throws Exception {
        TimeStampTokenInfo info = token.getTimeStampInfo();
        byte[] digest = MessageDigest.getInstance(info.getMessageImprintAlgOID().getId(), "BC").digest(stamped);
        Checker.must(Arrays.equals(info.getMessageImprintDigest(), digest), "the token is about something else");
        return validated(token, certificate);
    }

    static String verifyResponse(byte[] request, byte[] response) throws Exception {
        TimeStampResponse read = new TimeStampResponse(response);
        read.validate(new TimeStampRequest(request));
        TimeStampToken token = read.getTimeStampToken();
        Checker.must(token != null, "there is no token: status " + read.getStatus());
        return validated(token, null);
    }

    private static String validated(TimeStampToken token, X509CertificateHolder given) throws Exception {
        SignerId id = token.getSID();
        @SuppressWarnings("unchecked")
        var found = token.getCertificates().getMatches(id);
        Checker.must(given != null || found.size() == 1, "the authority's certificate is not inside");
        // validate looks at the certificate's usage, its period, the signed reference to it, and the signature
        token.validate(Cms.verifier(given != null ? given : (X509CertificateHolder) found.iterator().next()));
        TimeStampTokenInfo info = token.getTimeStampInfo();
        return String.format(
                "time=%s serial=%s policy=%s imprint=%s:%s nonce=%s",
                info.getGenTime().toInstant(),
                info.getSerialNumber(),
                info.getPolicy(),
                info.getMessageImprintAlgOID(),
                Hex.toHexString(info.getMessageImprintDigest()),
                info.getNonce());
    }
}
