// Command pki writes the certificates that a lab cluster is made of.
//
// It reads one JSON request from standard input and writes PEM files into the folder named by its only argument.
// What is there already is kept, so that asking twice changes nothing.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// request says what should exist.
type request struct {
	Authorities []string `json:"authorities"`
	KeyPairs    []string `json:"keyPairs"`
	Leaves      []leaf   `json:"leaves"`
}

// leaf is one certificate; addresses are the names and IPs that it is valid for as a server.
type leaf struct {
	Name          string   `json:"name"`
	Authority     string   `json:"authority"`
	CommonName    string   `json:"commonName"`
	Organizations []string `json:"organizations"`
	Addresses     []string `json:"addresses"`
}

// A lab lives for hours or days; ten years keeps a forgotten one from failing for a reason nobody expects.
const lifetime = 10 * 365 * 24 * time.Hour

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pki FOLDER <request.json")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "pki:", err)
		os.Exit(1)
	}
}

func run(folder string) error {
	var wanted request
	if err := json.NewDecoder(os.Stdin).Decode(&wanted); err != nil {
		return fmt.Errorf("request is not valid JSON: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, name := range wanted.Authorities {
		if err := makeAuthority(folder, name); err != nil {
			return fmt.Errorf("authority %s: %w", name, err)
		}
	}
	for _, name := range wanted.KeyPairs {
		if err := makeKeyPair(folder, name); err != nil {
			return fmt.Errorf("key pair %s: %w", name, err)
		}
	}
	for _, one := range wanted.Leaves {
		if err := makeLeaf(folder, one); err != nil {
			return fmt.Errorf("certificate %s: %w", one.Name, err)
		}
	}
	return nil
}

func makeAuthority(folder, name string) error {
	if exists(folder, name+".crt") && exists(folder, name+".key") {
		return nil
	}
	template, err := newTemplate(name, nil)
	if err != nil {
		return err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return sign(folder, name, template, template, key, key)
}

func makeKeyPair(folder, name string) error {
	if exists(folder, name+".key") && exists(folder, name+".pub") {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := writePEM(folder, name+".pub", "PUBLIC KEY", public); err != nil {
		return err
	}
	return writeKey(folder, name, key)
}

func makeLeaf(folder string, wanted leaf) error {
	if exists(folder, wanted.Name+".crt") && exists(folder, wanted.Name+".key") {
		return nil
	}
	authority, authorityKey, err := readAuthority(folder, wanted.Authority)
	if err != nil {
		return err
	}
	template, err := newTemplate(wanted.CommonName, wanted.Organizations)
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	for _, address := range wanted.Addresses {
		if ip := net.ParseIP(address); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, address)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return sign(folder, wanted.Name, template, authority, key, authorityKey)
}

func newTemplate(commonName string, organizations []string) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName, Organization: organizations},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(lifetime),
	}, nil
}

func sign(folder, name string, template, parent *x509.Certificate, key *ecdsa.PrivateKey, parentKey crypto.Signer) error {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		return err
	}
	if err := writePEM(folder, name+".crt", "CERTIFICATE", der); err != nil {
		return err
	}
	return writeKey(folder, name, key)
}

func readAuthority(folder, name string) (*x509.Certificate, crypto.Signer, error) {
	certificate, err := readPEM(folder, name+".crt")
	if err != nil {
		return nil, nil, err
	}
	parsed, err := x509.ParseCertificate(certificate)
	if err != nil {
		return nil, nil, err
	}
	key, err := readPEM(folder, name+".key")
	if err != nil {
		return nil, nil, err
	}
	parsedKey, err := x509.ParseECPrivateKey(key)
	return parsed, parsedKey, err
}

func readPEM(folder, file string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", file)
	}
	return block.Bytes, nil
}

func writeKey(folder, name string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(folder, name+".key", "EC PRIVATE KEY", der)
}

func writePEM(folder, file, kind string, der []byte) error {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	return os.WriteFile(filepath.Join(folder, file), text, 0o600)
}

func exists(folder, file string) bool {
	_, err := os.Stat(filepath.Join(folder, file))
	return err == nil
}
