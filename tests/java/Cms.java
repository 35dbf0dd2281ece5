import java.util.Collection;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.BERTaggedObject;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.DefaultCMSSignatureAlgorithmNameGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.jcajce.JcaSignerInfoVerifierBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.util.Store;

/** CMS SignedData, under the identifiers of PKCS #7 or those of GB/T 35275. */
final class Cms {
    private static final String GM = "1.2.156.10197.6.1.4.2.";
    private static final String SM2_SIGN = "1.2.156.10197.1.301.1";

    private Cms() {}

    static String verify(byte[] der, byte[] content) throws Exception {
        CMSSignedData signed = read(der, content);
        Checker.must(signed.getSignerInfos().size() > 0, "nobody signed");
        StringBuilder said = new StringBuilder();
        for (SignerInformation signer : signed.getSignerInfos()) {
            X509CertificateHolder certificate = certificateOf(signed.getCertificates(), signer);
            Checker.must(signer.verify(verifier(certificate)), "a signature does not hold");
            said.append("signer=").append(certificate.getSubject()).append(" attributes=");
            said.append(signer.getSignedAttributes() == null ? 0 : signer.getSignedAttributes().size());
            said.append(stamp(signer)).append(' ');
        }
        return said.toString().trim();
    }

    /** Reads the ContentInfo in front, so that zeros behind it, as in a PDF, do not matter. */
    static CMSSignedData read(byte[] der, byte[] content) throws Exception {
        ASN1Sequence whole = ASN1Sequence.getInstance(new ASN1InputStream(der).readObject());
        ContentInfo info = ContentInfo.getInstance(usual(whole));
        if (content == null) {
            return new CMSSignedData(info);
        }
        return new CMSSignedData(new CMSProcessableByteArray(content), info);
    }

    static SignerInformationVerifier verifier(X509CertificateHolder certificate) throws Exception {
        return new JcaSignerInfoVerifierBuilder(
                        new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
                .setProvider("BC")
                .setSignatureAlgorithmNameGenerator(new Names())
                .build(certificate);
    }

    @SuppressWarnings("unchecked")
    static X509CertificateHolder certificateOf(Store<X509CertificateHolder> store, SignerInformation signer)
            throws Checker.NotVerified {
        Collection<X509CertificateHolder> found = store.getMatches(signer.getSID());
        Checker.must(found.size() == 1, "the signer's certificate is not inside");
        return found.iterator().next();
    }

    private static String stamp(SignerInformation signer) throws Exception {
        if (signer.getUnsignedAttributes() == null) {
            return "";
        }
        var attribute = signer.getUnsignedAttributes().get(new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.2.14"));
        if (attribute == null) {
            return "";
        }
        TimeStampToken token = new TimeStampToken(
                ContentInfo.getInstance(attribute.getAttrValues().getObjectAt(0)));
        return " stamped=" + Tokens.verifyToken(token, signer.getSignature(), null);
    }

    /** The same with the identifiers of PKCS #7: BouncyCastle does not know those of GB/T 35275. */
    private static ASN1Sequence usual(ASN1Sequence info) {
        ASN1ObjectIdentifier kind = ASN1ObjectIdentifier.getInstance(info.getObjectAt(0));
        if (!kind.getId().equals(GM + "2")) {
            return info;
        }
        ASN1Sequence old = ASN1Sequence.getInstance(ASN1TaggedObject.getInstance(info.getObjectAt(1)), true);
        var fields = old.toArray();
        for (int at = 0; at < fields.length; at++) {
            if (fields[at] instanceof ASN1Sequence content && !(fields[at] instanceof ASN1Set)) {
                var parts = content.toArray();
                parts[0] = parts[0].equals(new ASN1ObjectIdentifier(GM + "1")) ? CMSObjectIdentifiers.data : parts[0];
                fields[at] = new BERSequence(parts);
            }
        }
        BERTaggedObject wrapped = new BERTaggedObject(true, 0, new BERSequence(fields));
        return new BERSequence(new org.bouncycastle.asn1.ASN1Encodable[] {CMSObjectIdentifiers.signedData, wrapped});
    }

    /** Knows that 1.2.156.10197.1.301.1 is SM2 too. */
    private static final class Names extends DefaultCMSSignatureAlgorithmNameGenerator {
        Names() {
            setSigningEncryptionAlgorithmMapping(new ASN1ObjectIdentifier(SM2_SIGN), "SM2");
        }
    }
}
