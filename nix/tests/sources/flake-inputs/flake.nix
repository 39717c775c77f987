{
  inputs.utils.url = "github:example/utils";
  outputs = { self, utils }: { };
}
