package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// queueName is the durable queue of parcels to send.
const queueName = "shipping"

// contents says how much is in the queue and what: the digest is over the bodies in their order.
type contents struct {
	Count      int    `json:"count"`
	Persistent int    `json:"persistent"`
	Digest     string `json:"digest"`
}

func dial(ctx context.Context, url string) (*amqp.Connection, *amqp.Channel, error) {
	conn, err := amqp.DialConfig(url, amqp.Config{Dial: func(network, address string) (net.Conn, error) {
		// The library expects the deadline of the handshake on the connection; it takes it off again itself.
		plain, err := (&net.Dialer{Timeout: storeTimeout}).DialContext(ctx, network, address)
		if err == nil {
			err = plain.SetDeadline(time.Now().Add(storeTimeout))
		}
		return plain, err
	}})
	if err != nil {
		return nil, nil, err
	}
	channel, err := conn.Channel()
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, channel, nil
}

// queueDepth asks for the queue without making it: a queue that is gone is an error, not an empty one.
func queueDepth(ctx context.Context, url string) (int64, error) {
	conn, channel, err := dial(ctx, url)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	queue, err := channel.QueueDeclarePassive(queueName, true, false, false, false, nil)
	return int64(queue.Messages), err
}

// fillQueue declares the durable queue, empties it, and publishes persistent messages, each confirmed by the broker.
func fillQueue(ctx context.Context, url string, count int) (contents, error) {
	conn, channel, err := dial(ctx, url)
	if err != nil {
		return contents{}, err
	}
	defer conn.Close()
	if _, err := channel.QueueDeclare(queueName, true, false, false, false, nil); err != nil {
		return contents{}, err
	}
	if _, err := channel.QueuePurge(queueName, false); err != nil {
		return contents{}, err
	}
	if err := channel.Confirm(false); err != nil {
		return contents{}, err
	}
	confirmations := make([]*amqp.DeferredConfirmation, 0, count)
	for i := range count {
		body := fmt.Appendf(nil, `{"parcel":%d,"order":%d,"street":"Shelf Lane %d"}`, i+1, i*7%50000+1, i%97+1)
		message := amqp.Publishing{DeliveryMode: amqp.Persistent, ContentType: "application/json", Body: body}
		confirmation, err := channel.PublishWithDeferredConfirmWithContext(ctx, "", queueName, false, false, message)
		if err != nil {
			return contents{}, err
		}
		confirmations = append(confirmations, confirmation)
	}
	for i, confirmation := range confirmations {
		if acknowledged, err := confirmation.WaitContext(ctx); err != nil || !acknowledged {
			return contents{}, fmt.Errorf("the broker did not confirm message %d (%v)", i+1, err)
		}
	}
	return digestOf(channel)
}

// digestQueue reads all messages without acknowledging them: when the connection closes they are back in their places.
func digestQueue(ctx context.Context, url string) (contents, error) {
	conn, channel, err := dial(ctx, url)
	if err != nil {
		return contents{}, err
	}
	defer conn.Close()
	if _, err := channel.QueueDeclarePassive(queueName, true, false, false, false, nil); err != nil {
		return contents{}, err
	}
	return digestOf(channel)
}

func digestOf(channel *amqp.Channel) (contents, error) {
	var found contents
	hash := sha256.New()
	for {
		message, got, err := channel.Get(queueName, false)
		if err != nil {
			return contents{}, err
		}
		if !got {
			found.Digest = hex.EncodeToString(hash.Sum(nil))
			return found, nil
		}
		found.Count++
		if message.DeliveryMode == amqp.Persistent {
			found.Persistent++
		}
		fmt.Fprintf(hash, "%d:%s\n", len(message.Body), message.Body)
	}
}
