#!/usr/bin/env node
import { name } from "./generated.js";

console.log(`hello from ${name}`);
