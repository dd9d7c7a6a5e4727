#ifndef CSUPEROS_H
#define CSUPEROS_H
#endif
