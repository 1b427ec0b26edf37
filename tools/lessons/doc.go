// Package lessons is the root of the lessons, each of which is a program in a folder of its own: see README.md.
package lessons
