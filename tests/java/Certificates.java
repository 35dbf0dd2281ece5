import java.io.ByteArrayInputStream;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

/** Certificates, revocation lists and plain SM2 signatures. */
final class Certificates {
    private Certificates() {}

    static X509Certificate read(byte[] data) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(data));
    }

    static String verify(byte[] certificate, byte[] issuer) throws Exception {
        X509Certificate read = read(certificate);
        read.verify(read(issuer).getPublicKey(), "BC");
        return read.getSubjectX500Principal().getName() + " " + read.getSigAlgOID();
    }

    static String verifyList(byte[] list, byte[] issuer) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        X509CRL read = (X509CRL) factory.generateCRL(new ByteArrayInputStream(list));
        read.verify(read(issuer).getPublicKey(), "BC");
        int revoked = read.getRevokedCertificates() == null ? 0 : read.getRevokedCertificates().size();
        return "revoked=" + revoked;
    }

    static String verifyOcsp(byte[] response) throws Exception {
        OCSPResp read = new OCSPResp(response);
        Checker.must(read.getStatus() == OCSPResp.SUCCESSFUL, "the response says that it could not be given");
        BasicOCSPResp basic = (BasicOCSPResp) read.getResponseObject();
        X509CertificateHolder[] inside = basic.getCerts();
        Checker.must(inside.length > 0, "the response holds no certificate");
        boolean signed = basic.isSignatureValid(
                new JcaContentVerifierProviderBuilder().setProvider("BC").build(inside[0]));
        Checker.must(signed, "the signature does not hold");
        StringBuilder said = new StringBuilder();
        for (SingleResp one : basic.getResponses()) {
            said.append(one.getCertID().getSerialNumber()).append('=');
            said.append(one.getCertStatus() == null ? "good" : one.getCertStatus().getClass().getSimpleName());
        }
        return said.toString();
    }

    static String verifySm2(byte[] signature, byte[] message, byte[] certificate) throws Exception {
        Checker.must(isSm2(read(certificate).getPublicKey(), message, signature), "the SM2 signature does not hold");
        return "sm2";
    }

    /** Whether the signature proves the message; BouncyCastle's id of the signer is 1234567812345678 by default. */
    static boolean isSm2(PublicKey key, byte[] message, byte[] signature) throws Exception {
        Signature verifier = Signature.getInstance("SM3withSM2", "BC");
        verifier.initVerify(key);
        verifier.update(message);
        return verifier.verify(signature);
    }
}
